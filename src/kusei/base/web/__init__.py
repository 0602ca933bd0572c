"""The web layer everybody shares: the look, the page layouts, the kit of components, languages and error pages."""
