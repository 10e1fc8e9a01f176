"""The room on AWS IoT Core: what it needs there, what that costs, and how it is taken away again."""
