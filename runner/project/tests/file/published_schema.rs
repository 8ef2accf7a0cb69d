//! The published schema and the reader know the same file.
