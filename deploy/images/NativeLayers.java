import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Takes the native libraries out of DJL's jars, for images with a read-only root.
 *
 * <p>DJL copies its libraries from the jars to {@code DJL_CACHE_DIR} when it first needs them. An image has them there
 * from the start, in the same layout, and the jars without them:
 *
 * <pre>
 * WORK/jars           in: the three jars as Maven names them, with their groups
 * WORK/natives-cpu    out: DJL_CACHE_DIR with libtorch for CPUs
 * WORK/natives-cuda   out: the same without libtorch, which an image for GPUs has from elsewhere
 * WORK/light-service  out: the jars without native libraries, named as Quarkus names them
 * WORK/light-cli      out: the same, named as the command line names them
 * WORK/none           out: nothing, for images that compute nothing
 * </pre>
 *
 * <p>{@code deploy/images/test.sh} shows that DJL finds them: it starts every image on a read-only root.
 */
public final class NativeLayers {

  private static final Pattern LIBRARY = Pattern.compile(".*\\.(so(\\.\\d+)*|dll|dylib|jnilib)");

  /** The libtorch for GPUs that DJL's JNI layer is compiled for, see {@code jnilib/} in its jar. */
  private static final String CUDA_FLAVOR = "cu128";

  private final Path work;
  private final String libtorch;
  private final String classifier;

  private NativeLayers(Path work, String libtorch, String classifier) {
    this.work = work;
    this.libtorch = libtorch;
    this.classifier = classifier;
  }

  /**
   * Makes the layers.
   *
   * @param arguments the working directory, libtorch's version, the platform ({@code linux-x86_64})
   */
  public static void main(String[] arguments) throws IOException {
    new NativeLayers(Path.of(arguments[0]), arguments[1], arguments[2]).make();
  }

  private void make() throws IOException {
    for (String out : List.of("natives-cpu", "natives-cuda", "light-service", "light-cli", "none")) {
      clear(work.resolve(out));
    }
    libtorch();
    tokenizer();
    for (Path jar : jars()) {
      String name = jar.getFileName().toString();
      lighten(jar, work.resolve("light-service").resolve(name));
      lighten(jar, work.resolve("light-cli").resolve(name.replaceFirst("^ai\\.djl\\.[a-z]+\\.", "")));
    }
  }

  private void libtorch() throws IOException {
    try (ZipFile torch = open("pytorch-native-cpu");
        ZipFile jni = open("pytorch-jni")) {
      Properties properties = properties(torch, "native/lib/pytorch.properties");
      String version = properties.getProperty("version");
      // 2.7.1-0.35.1: libtorch's version, then DJL's.
      String djl = properties(jni, "jnilib/pytorch.properties").getProperty("jni_version")
          .substring(libtorch.length() + 1);
      String library = djl + "-libdjl_torch.so";

      Path cpu = work.resolve("natives-cpu/pytorch").resolve(version + "-cpu-" + classifier);
      for (String name : properties.getProperty("libraries").split(",")) {
        copy(torch, "pytorch/cpu/" + classifier + "/" + name, cpu.resolve(name));
      }
      copy(jni, "jnilib/" + classifier + "/cpu/libdjl_torch.so", cpu.resolve(library));

      String cuda = "jnilib/" + classifier + "/" + CUDA_FLAVOR + "/libdjl_torch.so";
      if (jni.getEntry(cuda) != null) {
        String directory = libtorch + "-" + CUDA_FLAVOR + "-" + classifier;
        copy(jni, cuda, work.resolve("natives-cuda/pytorch").resolve(directory).resolve(library));
      }
    }
  }

  private void tokenizer() throws IOException {
    try (ZipFile jar = open("tokenizers")) {
      String version = properties(jar, "native/lib/tokenizers.properties").getProperty("version");
      String name = "libtokenizers.so";
      for (String out : List.of("natives-cpu", "natives-cuda")) {
        Path directory = work.resolve(out).resolve("tokenizers/" + version + "-cpu-" + classifier);
        copy(jar, "native/lib/" + classifier + "/cpu/" + name, directory.resolve(name));
      }
    }
  }

  /** Copies a jar without its native libraries, the same bytes each time. */
  private static void lighten(Path jar, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    try (ZipFile in = new ZipFile(jar.toFile());
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(target))) {
      for (ZipEntry entry : Collections.list(in.entries())) {
        if (!entry.isDirectory() && !LIBRARY.matcher(entry.getName()).matches()) {
          ZipEntry copy = new ZipEntry(entry.getName());
          copy.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0));
          out.putNextEntry(copy);
          in.getInputStream(entry).transferTo(out);
          out.closeEntry();
        }
      }
    }
  }

  private ZipFile open(String artifact) throws IOException {
    List<Path> found =
        jars().stream().filter(jar -> jar.getFileName().toString().contains("." + artifact + "-")).toList();
    if (found.size() != 1) {
      throw new IOException("%s holds %d jars of %s, not one".formatted(work.resolve("jars"), found.size(), artifact));
    }
    return new ZipFile(found.get(0).toFile());
  }

  private List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.list(work.resolve("jars"))) {
      return files.sorted().toList();
    }
  }

  private static Properties properties(ZipFile jar, String name) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = jar.getInputStream(entry(jar, name))) {
      properties.load(in);
    }
    return properties;
  }

  private static void copy(ZipFile jar, String name, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    try (InputStream in = jar.getInputStream(entry(jar, name))) {
      Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static ZipEntry entry(ZipFile jar, String name) throws IOException {
    ZipEntry entry = jar.getEntry(name);
    if (entry == null) {
      throw new IOException(jar.getName() + " holds no " + name + "; its layout has changed");
    }
    return entry;
  }

  private static void clear(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(directory);
  }
}
