"""The console's pages: `queue` finds cases, `case` examines one, `approval` decides it."""
