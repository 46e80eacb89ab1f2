"""Books valued in the background: jobs and their steps in the store, worked by many."""
