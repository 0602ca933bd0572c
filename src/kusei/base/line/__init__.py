"""The line between the two sides of the glass (三層分離): one call where both are one installation, signed messages where they are two.

A seam calls `actions.send`. Where everything is one installation, the receiver runs at once in the same transaction. Where portal and office
are two, a row is written with the act that caused it, carried across by a worker in order, kept there once, and applied by a worker there.
"""
