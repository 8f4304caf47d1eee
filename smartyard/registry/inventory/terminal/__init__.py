"""The operator's commands: `flask registry …`."""
