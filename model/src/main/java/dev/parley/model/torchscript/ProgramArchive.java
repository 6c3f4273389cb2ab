package dev.parley.model.torchscript;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs program text into the zip archive that {@code torch::jit::load} reads.
 *
 * <p>The archive holds a class {@code K} without parameters: weights are arguments of its methods,
 * so one program serves every checkpoint. Python's {@code torch.jit.load} opens it as well.
 */
final class ProgramArchive {

  private static final String CLASS_HEADER =
      """
      class K(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        _is_full_backward_hook : NoneType
      """;

  private static final String CLASS_FOOTER =
      """
        def forward(self: __torch__.K, x: Tensor) -> Tensor:
          return x
      """;

  // Operators have the signatures of this version of the format, which libtorch 2.7 writes.
  private static final String FORMAT_VERSION = "10\n";

  // A pickled object of class __torch__.K with training = True and _is_full_backward_hook = None.
  private static final String EMPTY_MODULE_PICKLE =
      "\u0080\u0002c__torch__\nK\nq\u0000)\u0081}("
          + "X\u0008\u0000\u0000\u0000trainingq\u0001\u0088"
          + "X\u0016\u0000\u0000\u0000_is_full_backward_hookq\u0002Nubq\u0003.";

  private ProgramArchive() {}

  /**
   * Packs methods into an archive.
   *
   * @param methods the methods of class {@code K} in the serialized TorchScript dialect, indented
   *     by two spaces
   * @return the archive's bytes
   */
  static byte[] pack(String methods) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "k/data.pkl", EMPTY_MODULE_PICKLE.getBytes(StandardCharsets.ISO_8859_1));
      String source = CLASS_HEADER + methods.stripTrailing() + "\n" + CLASS_FOOTER;
      store(zip, "k/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      store(zip, "k/constants.pkl", "\u0080\u0002).".getBytes(StandardCharsets.ISO_8859_1));
      store(zip, "k/version", FORMAT_VERSION.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot pack a TorchScript program in memory", e);
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
