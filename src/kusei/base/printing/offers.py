"""What 印刷 hands the foundation: it hears what others issue."""

from kusei.base.kernel.offers import Hears, Offers
from kusei.base.printing import actions

offers = Offers(
    module="printing",
    hears=[
        Hears("printing.papers", actions.OF_PAPERS, actions.of_paper),
        Hears("printing.letters", ("tell.letter",), actions.letter_posted),
    ],
)
