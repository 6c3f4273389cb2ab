package dev.parley.cli.hub;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the hub and its cache are, from the environment variables that Python's huggingface_hub
 * reads.
 *
 * @param endpoint the server, without a slash at its end: HF_ENDPOINT
 * @param cache the directory of all models: HF_HUB_CACHE, else HF_HOME/hub
 * @param token the user's token: HF_TOKEN, else the file HF_TOKEN_PATH, else HF_HOME/token
 * @param offline whether the network must not be used: HF_HUB_OFFLINE
 */
public record HubSettings(URI endpoint, Path cache, Optional<String> token, boolean offline) {

  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

  /**
   * The settings of an environment.
   *
   * @param environment the environment variables
   * @param home the user's home directory
   * @throws Failure if HF_ENDPOINT is no address, or a token file cannot be read
   */
  public static HubSettings of(Map<String, String> environment, Path home) {
    Path hubHome =
        value(environment, "HF_HOME")
            .map(text -> expand(text, home))
            .orElseGet(
                () ->
                    value(environment, "XDG_CACHE_HOME")
                        .map(text -> expand(text, home))
                        .orElse(home.resolve(".cache"))
                        .resolve("huggingface"));
    Path cache =
        value(environment, "HF_HUB_CACHE")
            .or(() -> value(environment, "HUGGINGFACE_HUB_CACHE"))
            .map(text -> expand(text, home))
            .orElse(hubHome.resolve("hub"));
    boolean offline =
        value(environment, "HF_HUB_OFFLINE")
            .or(() -> value(environment, "TRANSFORMERS_OFFLINE"))
            .map(text -> TRUE.contains(text.toUpperCase(Locale.ROOT)))
            .orElse(false);
    return new HubSettings(
        endpoint(environment), cache, token(environment, hubHome, home), offline);
  }

  private static URI endpoint(Map<String, String> environment) {
    String text = value(environment, "HF_ENDPOINT").orElse(DEFAULT_ENDPOINT).replaceAll("/+$", "");
    if (!text.matches("https?://[^/\\s]+(/\\S*)?")) {
      throw new Failure(
          "HF_ENDPOINT is \"%s\"; expected an address such as %s".formatted(text, DEFAULT_ENDPOINT),
          "Correct the environment variable, or unset it.");
    }
    return URI.create(text);
  }

  private static Optional<String> token(Map<String, String> environment, Path hubHome, Path home) {
    Optional<String> given =
        value(environment, "HF_TOKEN").or(() -> value(environment, "HUGGING_FACE_HUB_TOKEN"));
    if (given.isPresent()) {
      return given.map(String::strip);
    }
    Path file =
        value(environment, "HF_TOKEN_PATH")
            .map(text -> expand(text, home))
            .orElse(hubHome.resolve("token"));
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
    } catch (IOException e) {
      throw new Failure(
          "the token file %s cannot be read: %s".formatted(file, e.getMessage()),
          "Make it readable, or set HF_TOKEN.",
          e);
    }
  }

  private static Optional<String> value(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank());
  }

  private static Path expand(String text, Path home) {
    return text.equals("~") || text.startsWith("~/")
        ? home.resolve(text.substring(Math.min(2, text.length())))
        : Path.of(text).toAbsolutePath();
  }

  /** Without the token: settings may be printed. */
  @Override
  public String toString() {
    return "HubSettings[endpoint=%s, cache=%s, token=%s, offline=%s]"
        .formatted(endpoint, cache, token.isPresent() ? "given" : "none", offline);
  }
}
