package dev.parley.data.file;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * The compressions of Parquet's pages, straight from their libraries: the ones that parquet-java
 * brings need Hadoop's.
 */
final class ParquetCodecs implements CompressionCodecFactory {

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    return new Decompressor(name);
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    return new Compressor(name);
  }

  @Override
  public void release() {
    // Nothing is held between pages.
  }

  private record Decompressor(CompressionCodecName name) implements BytesInputDecompressor {

    @Override
    public BytesInput decompress(BytesInput bytes, int size) throws IOException {
      return BytesInput.from(plain(bytes.toInputStream().readAllBytes(), size));
    }

    @Override
    public void decompress(ByteBuffer in, int inSize, ByteBuffer out, int outSize)
        throws IOException {
      byte[] bytes = new byte[inSize];
      in.get(bytes);
      out.put(plain(bytes, outSize));
    }

    private byte[] plain(byte[] bytes, int size) throws IOException {
      return switch (name) {
        case UNCOMPRESSED -> bytes;
        case SNAPPY -> Snappy.uncompress(bytes);
        case ZSTD -> Zstd.decompress(bytes, size);
        case GZIP -> {
          try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            yield in.readAllBytes();
          }
        }
        case LZ4_RAW -> {
          byte[] out = new byte[size];
          new Lz4Decompressor().decompress(bytes, 0, bytes.length, out, 0, size);
          yield out;
        }
        case LZO, BROTLI, LZ4 ->
            throw new IOException(
                "its pages are compressed with %s; expected snappy, zstd, gzip, lz4_raw or none"
                    .formatted(name));
      };
    }

    @Override
    public void release() {
      // Nothing is held.
    }
  }

  private record Compressor(CompressionCodecName name) implements BytesInputCompressor {

    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      return switch (name) {
        case UNCOMPRESSED -> bytes;
        case ZSTD -> BytesInput.from(Zstd.compress(bytes.toInputStream().readAllBytes()));
        case SNAPPY -> BytesInput.from(Snappy.compress(bytes.toInputStream().readAllBytes()));
        case GZIP -> {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            bytes.writeAllTo(gzip);
          }
          yield BytesInput.from(out.toByteArray());
        }
        case LZO, BROTLI, LZ4, LZ4_RAW -> throw new IOException(name + " is not written");
      };
    }

    @Override
    public CompressionCodecName getCodecName() {
      return name;
    }

    @Override
    public void release() {
      // Nothing is held.
    }
  }
}
