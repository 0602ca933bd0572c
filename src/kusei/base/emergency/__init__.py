"""Break-glass (緊急閲覧): one person looked at without right, with a reason, for an hour, told at once and judged afterwards."""
