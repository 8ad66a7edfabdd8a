"""Control rigs: moved by their controls, solved where constraints hold them back."""
