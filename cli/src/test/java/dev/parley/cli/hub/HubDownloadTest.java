package dev.parley.cli.hub;

import static dev.parley.cli.hub.FakeHub.COMMIT;
import static dev.parley.cli.hub.FakeHub.MODEL;
import static dev.parley.cli.hub.FakeHub.cutAfter;
import static dev.parley.cli.hub.FakeHub.document;
import static dev.parley.cli.hub.FakeHub.ignoresRange;
import static dev.parley.cli.hub.FakeHub.status;
import static dev.parley.cli.hub.FakeHub.wrongBytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class HubDownloadTest {

  private static final byte[] WEIGHTS = bytes(300_000, 1);
  private static final HubModel TINY = new HubModel(MODEL, HubModel.MAIN);

  private final FakeHub hub =
      new FakeHub()
          .with("config.json", "{\"model_type\":\"llama\"}")
          .with("tokenizer.json", "{}")
          .withLarge("model.safetensors", WEIGHTS);
  private final CapturedTerminal terminal = CapturedTerminal.piped();
  private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());

  @TempDir Path cache;

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void whatParleyReadsIsFetchedAndNothingElse() throws IOException {
    hub.with("tokenizer_config.json", "{}")
        .with("chat_template.jinja", "{{ messages }}")
        .with("generation_config.json", "{}")
        .with("README.md", "# Tiny")
        .with("onnx/config.json", "{}")
        .withLarge("pytorch_model.bin", bytes(10, 2))
        .withLarge("tiny.gguf", bytes(10, 3))
        .withLarge("onnx/model.onnx", bytes(10, 4))
        .withLarge("original/model.safetensors", bytes(10, 5));

    assertThat(names(fetch()))
        .containsExactly(
            "chat_template.jinja",
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json");
  }

  @Test
  void theCacheHasTheLayoutOfHuggingfaceHub() throws IOException {
    Path snapshot = fetch();

    Path root = cache.resolve("models--acme--tiny");
    assertThat(snapshot).isEqualTo(root.resolve("snapshots").resolve(COMMIT));
    assertThat(root.resolve("refs/main")).hasContent(COMMIT);
    assertThat(Files.readSymbolicLink(snapshot.resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs", hub.etag("model.safetensors")));
    assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(names(root.resolve("blobs")))
        .containsExactlyInAnyOrder(
            hub.etag("config.json"), hub.etag("tokenizer.json"), hub.etag("model.safetensors"));
  }

  @Test
  void filesThatAreInTheCacheAreNotFetchedAgain() {
    fetch();
    int before = hub.requests().size();

    fetch();

    assertThat(hub.requests().subList(before, hub.requests().size()))
        .extracting(FakeHub.Request::path)
        .containsExactly("/api/models/acme/tiny/revision/main");
  }

  @Test
  void aPinnedCommitInTheCacheNeedsNoRequest() {
    Path snapshot = fetch();
    int before = hub.requests().size();

    assertThat(download(settings()).fetch(new HubModel(MODEL, COMMIT))).isEqualTo(snapshot);
    assertThat(hub.requests()).hasSize(before);
  }

  @Test
  void shardsAreThoseThatTheIndexNames() throws IOException {
    hub.close();
    try (FakeHub sharded = sharded()) {
      Path snapshot = download(settings(sharded.endpoint(), Optional.empty(), false)).fetch(TINY);

      assertThat(names(snapshot))
          .containsExactly(
              "a.safetensors", "b.safetensors", "config.json", "model.safetensors.index.json");
    }
  }

  @Test
  void severalFilesComeAtOnce() throws InterruptedException {
    CountDownLatch both = new CountDownLatch(2);
    FakeHub.Misbehaviour waitsForTheOther =
        (exchange, content) -> {
          both.countDown();
          try {
            if (!both.await(30, TimeUnit.SECONDS)) {
              throw new IOException("the other file was not asked for meanwhile");
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          FakeHub.honest(exchange, content);
        };
    try (FakeHub sharded =
        sharded().then("a.safetensors", waitsForTheOther).then("b.safetensors", waitsForTheOther)) {
      download(settings(sharded.endpoint(), Optional.empty(), false)).fetch(TINY);

      assertThat(pauses).isEmpty();
    }
  }

  @Test
  void aConnectionCutMidFileGoesOnWhereItEnded() {
    hub.then("model.safetensors", cutAfter(100_000)).then("model.safetensors", cutAfter(50_000));

    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);

    assertThat(storageRanges()).containsExactly("", "bytes=100000-", "bytes=150000-");
    assertThat(terminal.err()).contains("the connection ended after 100,000 of 300,000 bytes");
  }

  @Test
  void anInterruptedRunGoesOnInTheNext() {
    for (int i = 0; i < 10; i++) {
      hub.then("model.safetensors", cutAfter(i == 0 ? 100_000 : 0));
    }
    assertThatThrownBy(this::fetch)
        .isInstanceOf(Failure.class)
        .hasMessageContaining("model.safetensors cannot be fetched after 5 attempts");
    int before = storageRanges().size();
    FakeHub.Request next;
    try (FakeHub recovered =
        new FakeHub()
            .with("config.json", "{\"model_type\":\"llama\"}")
            .with("tokenizer.json", "{}")
            .withLarge("model.safetensors", WEIGHTS)) {
      download(settings(recovered.endpoint(), Optional.empty(), false)).fetch(TINY);
      next = recovered.requestsFor("model.safetensors").get(0);
    }

    assertThat(before).isEqualTo(5);
    assertThat(next.range()).isEqualTo("bytes=100000-");
  }

  @Test
  void pausesGrowWhileNothingComesAndBeginAnewWhenSomethingDid() {
    hub.then("model.safetensors", status(503))
        .then("model.safetensors", status(502))
        .then("model.safetensors", cutAfter(10))
        .then("model.safetensors", status(500));

    fetch();

    assertThat(pauses)
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2));
  }

  @Test
  void aConnectionThatFallsSilentIsGivenUpAndGoesOn() throws IOException {
    CountDownLatch done = new CountDownLatch(1);
    hub.then(
        "model.safetensors",
        (exchange, content) -> {
          cutAfter(100_000).answer(exchange, content);
          try {
            done.await(60, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    HubHttp impatient = new HubHttp(settings(), new HubProxies(Map.of()), Duration.ofMillis(500));

    Path snapshot =
        new HubDownload(settings(), impatient, terminal.terminal(), pauses::add, DiskSpace.REAL)
            .fetch(TINY);
    done.countDown();

    assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(storageRanges()).containsExactly("", "bytes=100000-");
  }

  @Test
  void aServerThatIgnoresRangeGivesTheFileFromTheStart() {
    hub.then("model.safetensors", cutAfter(100_000)).then("model.safetensors", ignoresRange());

    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aPartLongerThanTheFileIsThrownAway() throws IOException {
    writeIncomplete(new byte[WEIGHTS.length + 1]);

    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(storageRanges()).containsExactly("");
  }

  @Test
  void aPartThatIsAllThereIsCheckedWithoutARequest() throws IOException {
    writeIncomplete(WEIGHTS);

    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(storageRanges()).isEmpty();
  }

  @Test
  void aPartOfAnotherFileIsFoundOutByTheChecksum() throws IOException {
    writeIncomplete(bytes(100_000, 9));

    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(storageRanges()).containsExactly("bytes=100000-", "");
  }

  @Test
  void aRangeThatTheServerDoesNotHaveBeginsTheFileAnew() throws IOException {
    writeIncomplete(Arrays.copyOf(WEIGHTS, 1_000));
    hub.then("model.safetensors", status(416));

    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(storageRanges()).containsExactly("bytes=1000-", "");
  }

  @Test
  void wrongBytesAreFetchedAgain() {
    hub.then("model.safetensors", wrongBytes()).then("config.json", wrongBytes());

    Path snapshot = fetch();

    assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(snapshot.resolve("config.json")).hasContent("{\"model_type\":\"llama\"}");
    assertThat(terminal.err())
        .contains("model.safetensors came with wrong bytes", "config.json came with wrong bytes");
  }

  @Test
  void wrongBytesTwiceFailAndLeaveNothingBehind() throws IOException {
    hub.then("model.safetensors", wrongBytes()).then("model.safetensors", wrongBytes());

    assertThatThrownBy(this::fetch)
        .isInstanceOf(Failure.class)
        .hasMessageContaining("do not have the checksum " + hub.etag("model.safetensors"));

    assertThat(names(cache.resolve("models--acme--tiny/blobs")))
        .noneMatch(name -> name.startsWith(hub.etag("model.safetensors")));
  }

  @Test
  void theTokenGoesToTheHubAndNotToTheStorageThatItRedirectsTo() {
    download(settings(hub.endpoint(), Optional.of("hf_secret"), false)).fetch(TINY);

    assertThat(hub.requests())
        .filteredOn(request -> request.server().equals("hub"))
        .isNotEmpty()
        .allSatisfy(request -> assertThat(request.token()).isEqualTo("Bearer hf_secret"));
    assertThat(hub.requests())
        .filteredOn(request -> request.server().equals("storage"))
        .isNotEmpty()
        .allSatisfy(request -> assertThat(request.token()).isEmpty());
  }

  @Test
  void tooManyRequestsWaitAsLongAsTheHubAsks() {
    hub.then("model.safetensors", status(429, "Retry-After", "7"));

    fetch();

    assertThat(pauses).containsExactly(Duration.ofSeconds(7));
  }

  @Test
  void aWaitThatIsTooLongIsLeftToTheUser() {
    hub.then("model.safetensors", status(429, "Retry-After", "3600"));

    assertThatThrownBy(this::fetch)
        .isInstanceOf(Failure.class)
        .hasMessageContaining("the hub asks to wait 3600 seconds");
    assertThat(pauses).isEmpty();
  }

  @Test
  void aListingThatSaysNothingAboutItsFilesIsCompletedFromTheirHeaders() {
    hub.withoutMetadataInListing();

    Path snapshot = fetch();

    assertThat(snapshot.resolve("model.safetensors").toAbsolutePath()).exists();
    assertThat(cache.resolve("models--acme--tiny/blobs").resolve(hub.etag("model.safetensors")))
        .hasBinaryContent(WEIGHTS);
    assertThat(hub.requests())
        .filteredOn(request -> request.method().equals("HEAD"))
        .allSatisfy(request -> assertThat(request.server()).isEqualTo("hub"))
        .hasSize(3);
  }

  @Test
  void anEtagThatIsNoChecksumStillNamesTheBlob() {
    hub.withoutMetadataInListing().withEtag("model.safetensors", "mirror-7");

    fetch();

    assertThat(cache.resolve("models--acme--tiny/blobs/mirror-7")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void refusalsSayWhatToDo() {
    Failure missing = refusal(Optional.empty(), status(404, "X-Error-Code", "RepoNotFound"));
    assertThat(missing).hasMessage("the hub has no acme/tiny (404)");
    assertThat(missing.remedy()).contains("Check the spelling");

    Failure revision = refusal(Optional.empty(), status(404, "X-Error-Code", "RevisionNotFound"));
    assertThat(revision).hasMessage("acme/tiny has no revision \"main\"");

    Failure hidden = refusal(Optional.empty(), status(401, "X-Error-Code", "RepoNotFound"));
    assertThat(hidden).hasMessageContaining("it does not exist, or is private and needs a token");
    assertThat(hidden.remedy()).contains("HF_TOKEN");

    Failure badToken = refusal(Optional.of("hf_old"), status(401));
    assertThat(badToken).hasMessageContaining("the token in HF_TOKEN is not valid");

    Failure gated = refusal(Optional.empty(), status(401, "X-Error-Code", "GatedRepo"));
    assertThat(gated).hasMessageContaining("acme/tiny is gated");
    assertThat(gated.remedy()).contains(hub.endpoint() + "/acme/tiny", "set HF_TOKEN");

    Failure gatedForUs = refusal(Optional.of("hf_ok"), status(403, "X-Error-Code", "GatedRepo"));
    assertThat(gatedForUs.remedy()).contains("accept them", hub.endpoint() + "/acme/tiny");
    assertThat(pauses).isEmpty();
  }

  @Test
  void aHubThatIsOverloadedIsAskedAgainAndThenGivenUp() {
    Failure overloaded = refusal(Optional.empty(), status(429, "Retry-After", "2"));

    assertThat(overloaded).hasMessageContaining("429");
    assertThat(pauses)
        .containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(2));
  }

  @Test
  void noTokenIsEverPartOfAMessage() {
    Failure failure = refusal(Optional.of("hf_secret"), status(403));

    assertThat(failure.getMessage() + failure.remedy()).doesNotContain("hf_secret");
    assertThat(settings(hub.endpoint(), Optional.of("hf_secret"), false).toString())
        .doesNotContain("hf_secret");
  }

  @Test
  void withoutANetworkTheCopyInTheCacheIsUsed() {
    Path snapshot = fetch();
    hub.close();

    assertThat(fetch()).isEqualTo(snapshot);
    assertThat(terminal.err()).contains("The hub cannot be reached").contains("using the copy");
  }

  @Test
  void withoutANetworkAndACopyTheFailureSaysSo() {
    hub.close();

    Failure failure = catchThrowableOfType(Failure.class, this::fetch);

    assertThat(failure).hasMessageContaining("is not in the cache, and " + hub.endpoint());
    assertThat(failure.remedy()).contains("HTTPS_PROXY", "HF_ENDPOINT");
    assertThat(pauses).isEmpty();
  }

  @Test
  void offlineMeansNoRequest() {
    HubSettings offline = settings(hub.endpoint(), Optional.empty(), true);
    assertThatThrownBy(() -> download(offline).fetch(TINY))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("HF_HUB_OFFLINE forbids");
    assertThat(hub.requests()).isEmpty();

    Path snapshot = fetch();
    int before = hub.requests().size();
    assertThat(download(offline).fetch(TINY)).isEqualTo(snapshot);
    assertThat(hub.requests()).hasSize(before);
  }

  @Test
  void aSnapshotWithoutItsWeightsIsNoCopy() throws IOException {
    Path snapshot = fetch();
    Files.delete(snapshot.resolve("model.safetensors"));

    assertThatThrownBy(() -> download(settings(hub.endpoint(), Optional.empty(), true)).fetch(TINY))
        .isInstanceOf(Failure.class);
  }

  @Test
  void aDiskThatIsTooSmallIsFoundOutBeforeTheDownload() {
    HubDownload download =
        new HubDownload(
            settings(),
            new HubHttp(settings(), new HubProxies(Map.of()), Duration.ofSeconds(10)),
            terminal.terminal(),
            pauses::add,
            directory -> 200_000);

    assertThatThrownBy(() -> download.fetch(TINY))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("acme/tiny needs 300 kB more in " + cache)
        .hasMessageContaining("200 kB are free");
    assertThat(storageRanges()).isEmpty();
  }

  @Test
  void twoDownloadsAtOnceFetchEachFileOnce() {
    CountDownLatch bothAsked = new CountDownLatch(1);
    hub.then(
        "model.safetensors",
        (exchange, content) -> {
          try {
            bothAsked.await(30, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          FakeHub.honest(exchange, content);
        });

    CompletableFuture<Path> first = CompletableFuture.supplyAsync(this::fetch);
    CompletableFuture<Path> second = CompletableFuture.supplyAsync(this::fetch);
    while (!terminal.err().contains("waiting for another process that fetches model.safetensors")) {
      Thread.onSpinWait();
    }
    bothAsked.countDown();

    assertThat(first.join()).isEqualTo(second.join());
    assertThat(storageRanges()).hasSize(1);
  }

  @Test
  void anotherProcessIsWaitedFor() throws IOException, InterruptedException {
    Path lock =
        cache.resolve(".locks/models--acme--tiny").resolve(hub.etag("model.safetensors") + ".lock");
    Files.createDirectories(lock.getParent());
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LockHolder.class.getName(),
                lock.toString())
            .start();
    try {
      assertThat(holder.getInputStream().read()).isEqualTo('h');
      CompletableFuture<Path> fetched = CompletableFuture.supplyAsync(this::fetch);
      while (!terminal.err().contains("waiting for another process")) {
        Thread.onSpinWait();
      }
      assertThat(storageRanges()).isEmpty();
      holder.getOutputStream().close();

      assertThat(fetched.join().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    } finally {
      holder.destroyForcibly().waitFor();
    }
  }

  @Test
  void aModelWithoutWeightsOrConfigurationIsRefused() {
    try (FakeHub pickled =
            new FakeHub().with("config.json", "{}").withLarge("pytorch_model.bin", WEIGHTS);
        FakeHub adapter = new FakeHub().withLarge("adapter_model.safetensors", WEIGHTS);
        FakeHub torn =
            new FakeHub()
                .with("config.json", "{}")
                .with(
                    "model.safetensors.index.json", "{\"weight_map\":{\"w\":\"a.safetensors\"}}")) {
      assertThatThrownBy(() -> fetchFrom(pickled))
          .hasMessageContaining("no .safetensors weights, only .bin files");
      assertThatThrownBy(() -> fetchFrom(adapter)).hasMessageContaining("has no config.json");
      assertThatThrownBy(() -> fetchFrom(torn))
          .hasMessageContaining("names the file a.safetensors, which the hub does not have");
    }
  }

  @Test
  void aListingThatWouldWriteOutsideTheCacheIsRefused() {
    hub.withListing(
        document(
            "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"../../../evil.safetensors\"}]}"
                .formatted(COMMIT)));

    assertThatThrownBy(this::fetch)
        .isInstanceOf(Failure.class)
        .hasMessageContaining("would leave the model's folder");
  }

  @Test
  void aServerThatIsNoHubIsNamed() {
    hub.withListing(document("<html>welcome</html>"));
    assertThatThrownBy(this::fetch).isInstanceOf(Failure.class);

    hub.withListing(document("{}"));
    assertThatThrownBy(this::fetch).hasMessageContaining("is HF_ENDPOINT a hub?");
  }

  private static FakeHub sharded() {
    return new FakeHub()
        .with("config.json", "{}")
        .with(
            "model.safetensors.index.json",
            "{\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\",\"z\":\"a.safetensors\"}}")
        .withLarge("a.safetensors", bytes(1_000, 7))
        .withLarge("b.safetensors", bytes(1_000, 8))
        .withLarge("consolidated.safetensors", bytes(2_000, 9));
  }

  private Failure refusal(Optional<String> token, FakeHub.Misbehaviour listing) {
    hub.withListing(listing);
    return catchThrowableOfType(
        Failure.class, () -> download(settings(hub.endpoint(), token, false)).fetch(TINY));
  }

  private Path fetch() {
    return download(settings()).fetch(TINY);
  }

  private Path fetchFrom(FakeHub other) {
    return download(settings(other.endpoint(), Optional.empty(), false)).fetch(TINY);
  }

  private HubDownload download(HubSettings settings) {
    return new HubDownload(
        settings,
        new HubHttp(settings, new HubProxies(Map.of()), Duration.ofSeconds(30)),
        terminal.terminal(),
        pauses::add,
        DiskSpace.REAL);
  }

  private HubSettings settings() {
    return settings(hub.endpoint(), Optional.empty(), false);
  }

  private HubSettings settings(URI endpoint, Optional<String> token, boolean offline) {
    return new HubSettings(endpoint, cache, token, offline);
  }

  private List<String> storageRanges() {
    return hub.requestsFor("model.safetensors").stream()
        .filter(request -> request.server().equals("storage"))
        .map(FakeHub.Request::range)
        .toList();
  }

  private void writeIncomplete(byte[] content) throws IOException {
    Path blobs = Files.createDirectories(cache.resolve("models--acme--tiny/blobs"));
    Files.write(blobs.resolve(hub.etag("model.safetensors") + ".parley.incomplete"), content);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static byte[] bytes(int count, long seed) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
