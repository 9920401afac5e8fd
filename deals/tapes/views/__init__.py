"""Pages of tapes: versions, upload, refusal, summary, loans."""
