"""What お知らせ hands the foundation: that a letter was posted."""

from kusei.base.kernel.offers import Offers

offers = Offers(module="tell", tells={"tell.letter": "手紙が印刷を待っている（detail: item、郵便受けの番号）"})
