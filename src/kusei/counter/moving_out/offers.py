"""What 転出届 hands the foundation: a procedure that is signed with the card. The move itself is then recorded in the register (住民異動)."""

from kusei.base.kernel.described import described
from kusei.counter.moving_out import demo

offers = described(__file__, procedures=[demo.NOTIFY], demo=demo.fill)
