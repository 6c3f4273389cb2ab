package dev.parley.judge.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Answers on disk, by the SHA-256 of the endpoint's address and the whole question: {@code
 * ab/ab12….json} holds question and answer. Nothing secret is in them. Safe for several threads and
 * processes: a file appears whole or not at all.
 */
public final class AnswerStore {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private final Optional<Path> directory;

  private AnswerStore(Optional<Path> directory) {
    this.directory = directory;
  }

  /** Answers in a directory, which is made when the first one comes. */
  public static AnswerStore in(Path directory) {
    return new AnswerStore(Optional.of(directory));
  }

  /** A store that keeps nothing. */
  public static AnswerStore none() {
    return new AnswerStore(Optional.empty());
  }

  /**
   * Finds the answer to a question.
   *
   * @throws IllegalStateException if the file is there and is none of ours
   */
  Optional<JsonNode> find(URI address, JsonNode question) {
    Optional<Path> file = directory.map(root -> file(root, address, question));
    if (file.isEmpty() || !Files.exists(file.get())) {
      return Optional.empty();
    }
    try {
      JsonNode answer = JSON.readTree(file.get().toFile()).path("answer");
      if (!answer.isObject()) {
        throw new IllegalStateException(
            "%s holds no answer of a judge; delete it".formatted(file.get()));
      }
      return Optional.of(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("%s is no JSON; delete it".formatted(file.get()), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file.get(), e);
    }
  }

  void keep(URI address, JsonNode question, JsonNode answer) {
    if (directory.isEmpty()) {
      return;
    }
    Path file = file(directory.get(), address, question);
    ObjectNode content = JSON.createObjectNode().put("address", address.toString());
    content.set("question", question);
    content.set("answer", answer);
    try {
      Files.createDirectories(file.getParent());
      Path unfinished = Files.createTempFile(file.getParent(), "answer", ".unfinished");
      Files.write(unfinished, JSON.writeValueAsBytes(content));
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static Path file(Path root, URI address, JsonNode question) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(JSON.writeValueAsBytes(address.toString()));
      // Fields in the order of their names: the same question has the same bytes.
      digest.update(JSON.writeValueAsBytes(JSON.treeToValue(question, Object.class)));
      String name = HexFormat.of().formatHex(digest.digest());
      return root.resolve(name.substring(0, 2)).resolve(name + ".json");
    } catch (NoSuchAlgorithmException | JsonProcessingException e) {
      throw new IllegalStateException("every Java has SHA-256, and every tree is JSON", e);
    }
  }
}
