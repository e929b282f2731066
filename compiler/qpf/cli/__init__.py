"""The command line: the one place that knows the working directory, the terminal and the environment."""
