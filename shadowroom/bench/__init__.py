"""`shadowroom bench`: what this machine reaches, beside the goals and the run's own yardsticks."""
