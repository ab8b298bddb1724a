"""Papers 文书 that go home with a resident, as pages and as PDF."""
