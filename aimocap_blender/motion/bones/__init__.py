"""Finding the humanoid bones of a skeleton: names, detection, known control rigs."""
