"""What pages and packages read of a run: results as written figures, sentences, charts."""
