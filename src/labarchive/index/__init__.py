"""From files to facts: reads headers, never pixels; knows no database."""
