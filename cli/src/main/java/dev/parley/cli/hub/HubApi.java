package dev.parley.cli.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the hub is asked: which files a model has, what a file is, and the file itself. */
final class HubApi {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HubSettings settings;
  private final HubHttp http;

  HubApi(HubSettings settings, HubHttp http) {
    this.settings = settings;
    this.http = http;
  }

  /**
   * The files of a model, with sizes and checksums where the server gives them.
   *
   * @throws HubStatusException if the hub refuses
   * @throws IOException if it does not answer, or not with a listing
   */
  HubListing listing(HubModel model) throws IOException {
    URI address =
        address(
            "/api/models/" + model.id() + "/revision/" + encode(model.revision()) + "?blobs=true");
    JsonNode answer;
    try (HubHttp.Answer response = http.get(address, Map.of("Accept", "application/json"))) {
      answer = JSON.readTree(response.body().readAllBytes());
    }
    String commit = answer.path("sha").asText();
    if (!commit.matches("[0-9a-f]{40}")) {
      throw new IOException(
          "%s answered without a commit (\"sha\"); is HF_ENDPOINT a hub?".formatted(address));
    }
    List<HubFile> files = new ArrayList<>();
    for (JsonNode sibling : answer.path("siblings")) {
      files.add(file(sibling));
    }
    return new HubListing(commit, files);
  }

  private static HubFile file(JsonNode sibling) throws IOException {
    String path = sibling.path("rfilename").asText();
    boolean leaves =
        Arrays.stream(path.split("/", -1)).anyMatch(part -> part.matches("|\\.|\\.\\."));
    if (leaves || path.contains("\\") || path.contains("\0")) {
      throw new IOException(
          "the hub lists a file \"%s\", which would leave the model's folder".formatted(path));
    }
    JsonNode large = sibling.path("lfs");
    return large.isObject()
        ? new HubFile(
            path,
            large.path("size").asLong(sibling.path("size").asLong(-1)),
            checksum(large.path("sha256").asText(large.path("oid").asText())))
        : new HubFile(
            path, sibling.path("size").asLong(-1), checksum(sibling.path("blobId").asText()));
  }

  private static String checksum(String text) {
    return text.matches("[0-9a-f]{40}|[0-9a-f]{64}") ? text : "";
  }

  /**
   * The same file with the size and the etag that its own headers give.
   *
   * @throws IOException if the hub does not say what the file is
   */
  HubFile describe(HubModel model, String commit, HubFile file) throws IOException {
    URI address = resolve(model, commit, file);
    try (HubHttp.Answer answer = http.head(address)) {
      String etag =
          answer
              .header("X-Linked-Etag")
              .or(() -> answer.header("ETag"))
              .map(text -> text.replaceFirst("^W/", "").replace("\"", ""))
              .orElse("");
      long size =
          answer
              .header("X-Linked-Size")
              .or(() -> answer.header("Content-Length"))
              .filter(text -> text.matches("[0-9]{1,18}"))
              .map(Long::parseLong)
              .orElse(file.size());
      if (!etag.matches("[\\w.+=-]{1,128}")) {
        throw new IOException(
            "%s has no usable ETag (\"%s\"), so its bytes cannot be checked"
                .formatted(address, etag));
      }
      return new HubFile(file.path(), size, etag);
    }
  }

  /**
   * Opens a file.
   *
   * @param from the first byte wanted; the server may give the whole file all the same
   */
  HubHttp.Answer open(HubModel model, String commit, HubFile file, long from) throws IOException {
    return http.get(
        resolve(model, commit, file), from > 0 ? Map.of("Range", "bytes=" + from + "-") : Map.of());
  }

  private URI resolve(HubModel model, String commit, HubFile file) {
    String path =
        Arrays.stream(file.path().split("/")).map(HubApi::encode).collect(Collectors.joining("/"));
    return address("/" + model.id() + "/resolve/" + commit + "/" + path);
  }

  private URI address(String path) {
    return URI.create(settings.endpoint() + path);
  }

  private static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
