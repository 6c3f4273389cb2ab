package dev.parley.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSettingsTest {

  @TempDir Path home;

  @Test
  void defaultsAreThoseOfHuggingfaceHub() {
    HubSettings settings = settings(Map.of());

    assertThat(settings.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(settings.token()).isEmpty();
    assertThat(settings.offline()).isFalse();
  }

  @Test
  void theCacheIsTheFirstThatIsNamed() {
    assertThat(settings(Map.of("HF_HUB_CACHE", "/a", "HF_HOME", "/b")).cache())
        .isEqualTo(Path.of("/a"));
    assertThat(settings(Map.of("HUGGINGFACE_HUB_CACHE", "/a")).cache()).isEqualTo(Path.of("/a"));
    assertThat(settings(Map.of("HF_HOME", "~/b")).cache()).isEqualTo(home.resolve("b/hub"));
    assertThat(settings(Map.of("XDG_CACHE_HOME", "/c")).cache())
        .isEqualTo(Path.of("/c/huggingface/hub"));
  }

  @Test
  void theTokenIsTheVariableElseTheFile() throws IOException {
    Files.createDirectories(home.resolve("hf"));
    Files.writeString(home.resolve("hf/token"), "hf_file\n");
    Files.writeString(home.resolve("other"), "hf_other\n");
    String hfHome = home.resolve("hf").toString();

    assertThat(settings(Map.of("HF_HOME", hfHome)).token()).contains("hf_file");
    assertThat(settings(Map.of("HF_HOME", hfHome, "HF_TOKEN", "hf_variable")).token())
        .contains("hf_variable");
    assertThat(
            settings(Map.of("HF_HOME", hfHome, "HF_TOKEN_PATH", home.resolve("other").toString()))
                .token())
        .contains("hf_other");
    assertThat(settings(Map.of("HF_HOME", hfHome, "HF_TOKEN", " ")).token()).contains("hf_file");
  }

  @Test
  void theEndpointLosesItsLastSlash() {
    assertThat(settings(Map.of("HF_ENDPOINT", "https://mirror.example/hf/")).endpoint())
        .isEqualTo(URI.create("https://mirror.example/hf"));
  }

  @Test
  void anEndpointThatIsNoAddressIsRefused() {
    assertThatThrownBy(() -> settings(Map.of("HF_ENDPOINT", "mirror.example")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("HF_ENDPOINT is \"mirror.example\"; expected an address");
  }

  @Test
  void offlineIsSaidInFourWays() {
    for (String yes : new String[] {"1", "true", "YES", "on"}) {
      assertThat(settings(Map.of("HF_HUB_OFFLINE", yes)).offline()).as(yes).isTrue();
    }
    assertThat(settings(Map.of("HF_HUB_OFFLINE", "0")).offline()).isFalse();
    assertThat(settings(Map.of("TRANSFORMERS_OFFLINE", "1")).offline()).isTrue();
  }

  @Test
  void aModelHasAnIdAndPerhapsARevision() {
    assertThat(HubModel.parse("acme/tiny-1.5_b")).contains(new HubModel("acme/tiny-1.5_b", "main"));
    assertThat(HubModel.parse("acme/tiny@v1.0")).contains(new HubModel("acme/tiny", "v1.0"));
    assertThat(HubModel.parse("acme/tiny@refs/pr/3"))
        .contains(new HubModel("acme/tiny", "refs/pr/3"));
    for (String no :
        new String[] {
          "tiny",
          "a/b/c",
          "acme/",
          "/tiny",
          "acme/..",
          "../tiny",
          "acme/ti ny",
          "acme/a--b",
          "acme/tiny@",
          "acme/tiny@../.."
        }) {
      assertThat(HubModel.parse(no)).as(no).isEmpty();
    }
  }

  @Test
  void onlyAWholeCommitIsPinned() {
    assertThat(new HubModel("a/b", "0123456789abcdef0123456789abcdef01234567").isPinned()).isTrue();
    assertThat(new HubModel("a/b", "0123456").isPinned()).isFalse();
  }

  @Test
  void proxiesComeFromTheEnvironmentAndNotForExceptedHosts() {
    HubProxies proxies =
        new HubProxies(
            Map.of(
                "https_proxy",
                "http://proxy.example:3128",
                "NO_PROXY",
                "localhost,.inside.example"));

    assertThat(proxies.forAddress(URI.create("https://huggingface.co/x")))
        .isEqualTo(new Proxy(Proxy.Type.HTTP, new InetSocketAddress("proxy.example", 3128)));
    assertThat(proxies.forAddress(URI.create("https://hub.inside.example/x")))
        .isEqualTo(Proxy.NO_PROXY);
    assertThat(proxies.forAddress(URI.create("https://localhost/x"))).isEqualTo(Proxy.NO_PROXY);
    assertThat(proxies.forAddress(URI.create("http://plain.example/x"))).isEqualTo(Proxy.NO_PROXY);
    assertThatThrownBy(
            () ->
                new HubProxies(Map.of("HTTPS_PROXY", "http://me:secret@proxy.example"))
                    .forAddress(URI.create("https://huggingface.co")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("http://…@proxy.example")
        .hasMessageNotContaining("secret");
  }

  @Test
  void originsDifferInSchemeHostOrPort() {
    URI hub = URI.create("https://huggingface.co");

    assertThat(HubHttp.sameOrigin(hub, URI.create("https://HuggingFace.co:443/x"))).isTrue();
    assertThat(HubHttp.sameOrigin(hub, URI.create("http://huggingface.co"))).isFalse();
    assertThat(HubHttp.sameOrigin(hub, URI.create("https://cdn.huggingface.co"))).isFalse();
    assertThat(HubHttp.sameOrigin(hub, URI.create("https://huggingface.co:8443"))).isFalse();
  }

  @Test
  void retryAfterIsSecondsOrADate() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");

    assertThat(HubHttp.retryAfter("120", now)).isEqualTo(Duration.ofMinutes(2));
    assertThat(HubHttp.retryAfter("Thu, 01 Jan 2026 00:00:30 GMT", now))
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(HubHttp.retryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now)).isEqualTo(Duration.ZERO);
    assertThat(HubHttp.retryAfter("soon", now)).isNull();
    assertThat(HubHttp.retryAfter(null, now)).isNull();
  }

  @Test
  void checksumsAreGitsOrSha256() throws IOException {
    Path file = Files.writeString(home.resolve("hello"), "hello\n");

    // git hash-object and sha256sum of the same file.
    assertThat(Checksum.matches(file, "ce013625030ba8dba906f756967f9e9ca394464a")).isTrue();
    assertThat(
            Checksum.matches(
                file, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"))
        .isTrue();
    assertThat(Checksum.matches(file, "0".repeat(40))).isFalse();
    assertThat(Checksum.matches(file, "0".repeat(64))).isFalse();
    assertThat(Checksum.matches(file, "mirror-7")).isTrue();
  }

  private HubSettings settings(Map<String, String> environment) {
    return HubSettings.of(environment, home);
  }
}
