use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream to a server or proxy: TCP, TLS over it, or a tunnel.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Any of them.
pub(super) type Stream = Box<dyn ByteStream>;
