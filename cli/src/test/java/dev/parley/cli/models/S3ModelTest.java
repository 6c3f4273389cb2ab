package dev.parley.cli.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.Parley;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobProviderMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models from S3, on a real server that checks signatures. */
class S3ModelTest {

  private static final byte[] WEIGHTS = new byte[3 << 20];

  @TempDir static Path store;
  private static BlobStoreContext context;
  private static S3Proxy server;
  private static Map<String, String> environment;

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;

  @BeforeAll
  static void start() throws Exception {
    new Random(1).nextBytes(WEIGHTS);
    Properties settings = new Properties();
    settings.setProperty("jclouds.filesystem.basedir", store.toString());
    context =
        ContextBuilder.newBuilder(new FilesystemNio2BlobProviderMetadata())
            .credentials("key", "secret")
            .overrides(settings)
            .build(BlobStoreContext.class);
    server =
        S3Proxy.builder()
            .blobStore(context.getBlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "key", "secret")
            .build();
    server.start();
    context.getBlobStore().createContainerInLocation(null, "models");
    put("sft/config.json", "{}".getBytes());
    put("sft/model.safetensors", WEIGHTS);
    put("sft/checkpoints/old.bin", new byte[10]);
    put("sft-2/config.json", "other".getBytes());
    environment =
        Map.of(
            "AWS_ENDPOINT_URL",
            "http://127.0.0.1:" + server.getPort(),
            "AWS_ACCESS_KEY_ID",
            "key",
            "AWS_SECRET_ACCESS_KEY",
            "secret");
  }

  private static void put(String name, byte[] content) {
    BlobStore blobs = context.getBlobStore();
    blobs.putBlob(
        "models", blobs.blobBuilder(name).payload(content).contentLength(content.length).build());
  }

  @AfterAll
  static void stop() throws Exception {
    server.stop();
    context.close();
  }

  @Test
  void theObjectsRightBelowThePrefixBecomeADirectory() throws Exception {
    Path target = directory.resolve("sft");

    place("s3://models/sft", target, environment);

    assertThat(names(target)).containsExactly("config.json", "model.safetensors");
    assertThat(target.resolve("config.json")).hasContent("{}");
    assertThat(Files.readAllBytes(target.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
    assertThat(terminal.err()).contains("SHA-256 " + ContentDigest.of(target));
  }

  @Test
  void aFileThatWasHalfFetchedIsGoneOnWith() throws Exception {
    S3Model model = S3Model.parse("s3://models/sft/");
    model.fetch(directory, environment, terminal.terminal());
    Path part =
        Files.list(directory.resolve("parts"))
            .filter(file -> file.toString().endsWith("model.safetensors"))
            .findFirst()
            .orElseThrow();
    byte[] half = new byte[WEIGHTS.length];
    System.arraycopy(WEIGHTS, 0, half, 0, 1000);
    // What is there counts as fetched, so a wrong first half must still be in the whole.
    half[0] ^= 1;
    Files.write(part, java.util.Arrays.copyOf(half, 1000));

    Path files = model.fetch(directory, environment, terminal.terminal());

    byte[] whole = Files.readAllBytes(files.resolve("model.safetensors"));
    assertThat(whole).hasSize(WEIGHTS.length);
    assertThat(whole[0]).isEqualTo(half[0]);
    assertThat(java.util.Arrays.copyOfRange(whole, 1000, whole.length))
        .isEqualTo(java.util.Arrays.copyOfRange(WEIGHTS, 1000, WEIGHTS.length));
  }

  @Test
  void nothingThereAnUnknownBucketAndAWrongSecretAreNamed() {
    assertThatThrownBy(() -> place("s3://models/none", directory.resolve("a"), environment))
        .isInstanceOf(Failure.class)
        .hasMessage("there is nothing at s3://models/none/");
    assertThatThrownBy(() -> place("s3://no-such-bucket/sft", directory.resolve("b"), environment))
        .hasMessage("there is no bucket \"no-such-bucket\"");
    Map<String, String> wrong = new HashMap<>(environment);
    wrong.put("AWS_SECRET_ACCESS_KEY", "guess");
    assertThatThrownBy(() -> place("s3://models/sft", directory.resolve("c"), wrong))
        .hasMessageContaining("the server refuses");
    assertThat(directory.resolve("a")).doesNotExist();
  }

  @Test
  void aSourceInS3NeedsADirectoryAndADigestNeedsSixtyFourDigits() {
    assertThat(Parley.run(terminal.terminal(), "models", "download", "s3://b/p"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("s3://b/p needs --to");
    assertThat(
            Parley.run(
                terminal.terminal(),
                "models",
                "download",
                "s3://b/p",
                "--to",
                "x",
                "--sha256",
                "abc"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("--sha256 is \"abc\"; expected 64 hexadecimal digits");
    assertThatThrownBy(() -> S3Model.parse("s3://"))
        .hasMessageContaining("expected s3://BUCKET/PREFIX");
  }

  private void place(String source, Path target, Map<String, String> environment)
      throws InterruptedException {
    S3Model model = S3Model.parse(source);
    new Placement(source, target, Optional.empty(), terminal.terminal())
        .place(work -> model.fetch(work, environment, terminal.terminal()));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }
}
