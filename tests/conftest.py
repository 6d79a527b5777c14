"""What every test may ask for by name. The kit: databases, servers and browsers that are real."""

pytest_plugins = ("tests.kit.databases", "tests.kit.doors", "tests.kit.servers", "tests.kit.browser")
