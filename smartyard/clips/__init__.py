"""`/api/cctv/recPrepare`, `recDownload` and `/api/clips`: spans of the archive as files."""
