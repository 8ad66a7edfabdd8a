"""Control rigs: keyed on their controls, solved where constraints interfere."""
