"""What a run, a study or a back-test found, as traced sentences."""
