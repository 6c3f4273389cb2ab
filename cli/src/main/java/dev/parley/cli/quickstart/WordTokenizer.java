package dev.parley.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the tokenizer of a small closed world: one token per word, in the file format of Hugging
 * Face's tokenizers. A space belongs to the word after it, so decoding gives the text back exactly.
 */
final class WordTokenizer {

  static final int PAD = 0;
  static final int UNKNOWN = 1;
  static final int START = 2;
  static final int END = 3;

  private static final List<String> SPECIAL =
      List.of("<pad>", "<unk>", "<|im_start|>", "<|im_end|>");

  private static final String WORD = " ?[A-Za-z]+| ?[^A-Za-z\\s]|\\s";

  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
          + "{% if message['role'] == 'assistant' %}{% generation %}"
          + "{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}"
          + "{% else %}{{ message['content'] + '<|im_end|>' + '\\n' }}{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private WordTokenizer() {}

  /** Splits a text as the tokenizer does. */
  static List<String> split(String text) {
    List<String> pieces = new ArrayList<>();
    Matcher matcher = Pattern.compile(WORD).matcher(text);
    while (matcher.find()) {
      pieces.add(matcher.group());
    }
    return pieces;
  }

  /**
   * Writes tokenizer.json, tokenizer_config.json and generation_config.json.
   *
   * @param directory the model's directory
   * @param words the words to know
   * @return the size of the vocabulary
   */
  static int write(Path directory, Set<String> words) throws IOException {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    SPECIAL.forEach(token -> vocabulary.put(token, vocabulary.size()));
    List.of("user", "assistant", "system", "\n")
        .forEach(token -> vocabulary.putIfAbsent(token, vocabulary.size()));
    words.forEach(token -> vocabulary.putIfAbsent(token, vocabulary.size()));
    List<Map<String, Object>> added = new ArrayList<>();
    for (int id = 0; id < SPECIAL.size(); id++) {
      added.add(
          Map.of(
              "id", id,
              "content", SPECIAL.get(id),
              "single_word", false,
              "lstrip", false,
              "rstrip", false,
              "normalized", false,
              "special", true));
    }
    Map<String, Object> tokenizer = new LinkedHashMap<>();
    tokenizer.put("version", "1.0");
    tokenizer.put("added_tokens", added);
    tokenizer.put(
        "pre_tokenizer",
        Map.of(
            "type",
            "Split",
            "pattern",
            Map.of("Regex", WORD),
            "behavior",
            "Isolated",
            "invert",
            false));
    tokenizer.put("decoder", Map.of("type", "Fuse"));
    tokenizer.put("model", Map.of("type", "WordLevel", "vocab", vocabulary, "unk_token", "<unk>"));
    Map<String, Object> config =
        Map.of(
            "tokenizer_class", "PreTrainedTokenizerFast",
            "bos_token", "<|im_start|>",
            "eos_token", "<|im_end|>",
            "pad_token", "<pad>",
            "unk_token", "<unk>",
            "clean_up_tokenization_spaces", false,
            "chat_template", CHAT_TEMPLATE);
    ObjectMapper json = new ObjectMapper();
    json.writeValue(directory.resolve("tokenizer.json").toFile(), tokenizer);
    json.writeValue(directory.resolve("tokenizer_config.json").toFile(), config);
    Files.writeString(
        directory.resolve("generation_config.json"),
        "{\"bos_token_id\": "
            + START
            + ", \"eos_token_id\": "
            + END
            + ", \"pad_token_id\": "
            + PAD
            + "}\n");
    return vocabulary.size();
  }
}
