"""The child process: loads a workspace, runs its functions and talks to the server. Nothing here is for authors."""
