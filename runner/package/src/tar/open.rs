use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rawzip::FileReader;

use super::reader::Reader;
use super::sparse::SparseMap;
use super::stream::TarStream;
use crate::codec::Codec;
use crate::content::ContentError;
use crate::listing::Listing;
use crate::{ArchiveFormat, ArchiveLimits, ArchiveProblem};

/// An open tar: where the bytes of each entry of its listing are in the uncompressed stream.
pub(crate) struct Tar {
    file: Arc<FileReader>,
    file_bytes: u64,
    codec: Codec,
    window_bytes: u64,
    places: Vec<Place>,
}

/// Where the bytes of an entry are in the uncompressed stream.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Where they begin.
    pub(crate) offset: u64,
    /// Which bytes they are, if not all.
    pub(crate) sparse: Option<Arc<SparseMap>>,
}

impl Tar {
    /// Reads the whole archive once, and checks the listing.
    pub(crate) fn open(
        file: &Arc<FileReader>,
        file_bytes: u64,
        format: ArchiveFormat,
        limits: &ArchiveLimits,
    ) -> Result<(Listing, Self), ArchiveProblem> {
        let codec = match format {
            ArchiveFormat::TarGz => Codec::Gzip,
            ArchiveFormat::TarBz2 => Codec::Bzip2,
            ArchiveFormat::TarXz => Codec::Xz,
            ArchiveFormat::TarZst => Codec::Zstd,
            _ => Codec::Stored,
        };
        let window_bytes = limits.window_bytes;
        let mut tar = Self { file: Arc::clone(file), file_bytes, codec, window_bytes, places: Vec::new() };
        let stream = tar.stream().map_err(|error| error.of(""))?;
        let listing = Reader::new(stream, format, file_bytes, limits).read(&mut tar.places)?;
        Ok((listing, tar))
    }

    /// The archive's uncompressed bytes from their begin on.
    pub(crate) fn stream(&self) -> Result<TarStream, ContentError> {
        TarStream::new(&self.file, self.file_bytes, self.codec, self.window_bytes)
    }

    /// Where the bytes of an entry are.
    pub(crate) fn place(&self, number: usize) -> &Place {
        &self.places[number]
    }

    /// Whether the bytes can be had in any order at no cost.
    pub(crate) fn is_seekable(&self) -> bool {
        self.codec == Codec::Stored
    }
}

/// A header's time, which is in seconds since 1970.
pub(super) fn time(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
