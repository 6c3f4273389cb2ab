package dev.parley.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.parley.model.FixtureDirectory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every string of every tokenizer fixture, against what the reference made of it. */
class FixtureTokenizersTest {
  private final Map<String, Tokenizer> open = new HashMap<>();

  @AfterEach
  void closeTokenizers() {
    open.values().forEach(Tokenizer::close);
  }

  @TestFactory
  List<DynamicNode> tokenizers() {
    if (!FixtureDirectory.has("tokenizers")) {
      return List.of(FixtureDirectory.absent("tokenizers"));
    }
    List<DynamicNode> nodes = new ArrayList<>();
    for (String name : TextFixtures.tokenizerNames()) {
      if (TextFixtures.isUnsupported(name)) {
        nodes.add(dynamicTest("unsupported: " + name, () -> {}));
        continue;
      }
      JsonObject fixture =
          FixtureDirectory.json(TextFixtures.directory().resolve(name).resolve("cases.json"));
      List<DynamicTest> tests = new ArrayList<>();
      tests.add(dynamicTest(name + "/vocabulary", () -> checkVocabulary(tokenizer(name), fixture)));
      int number = 0;
      for (JsonElement element : fixture.getAsJsonArray("cases")) {
        JsonObject expected = element.getAsJsonObject();
        tests.add(dynamicTest(name + "/" + number++, () -> checkCase(tokenizer(name), expected)));
      }
      nodes.add(dynamicContainer(name, tests));
    }
    return nodes;
  }

  private Tokenizer tokenizer(String name) {
    return open.computeIfAbsent(name, TextFixtures::tokenizer);
  }

  private static void checkVocabulary(Tokenizer tokenizer, JsonObject expected) {
    assertThat(tokenizer.vocabularySize()).isEqualTo(expected.get("vocab_size").getAsInt());
    SpecialTokens tokens = tokenizer.specialTokens();
    assertThat(tokens.bos()).isEqualTo(string(expected, "bos_token"));
    assertThat(tokens.eos()).isEqualTo(string(expected, "eos_token"));
    assertThat(tokens.pad()).isEqualTo(string(expected, "pad_token"));
    assertThat(tokens.unk()).isEqualTo(string(expected, "unk_token"));
    assertThat(tokenizer.bosId()).isEqualTo(integer(expected, "bos_token_id"));
    assertThat(tokenizer.eosId()).isEqualTo(integer(expected, "eos_token_id"));
    assertThat(tokenizer.padId()).isEqualTo(integer(expected, "pad_token_id"));
    for (Map.Entry<String, JsonElement> token :
        expected.getAsJsonObject("special_tokens").entrySet()) {
      int id = token.getValue().getAsInt();
      assertThat(tokenizer.id(token.getKey())).hasValue(id);
      assertThat(tokenizer.token(id)).hasValue(token.getKey());
    }
  }

  private static Optional<String> string(JsonObject object, String key) {
    return object.get(key).isJsonNull()
        ? Optional.empty()
        : Optional.of(object.get(key).getAsString());
  }

  private static OptionalInt integer(JsonObject object, String key) {
    return object.get(key).isJsonNull()
        ? OptionalInt.empty()
        : OptionalInt.of(object.get(key).getAsInt());
  }

  private static void checkCase(Tokenizer tokenizer, JsonObject expected) {
    String text = expected.get("text").getAsString();
    int[] ids = TextFixtures.ints(expected.getAsJsonArray("ids"));
    int[] idsNoSpecial = TextFixtures.ints(expected.getAsJsonArray("ids_no_special"));

    Encoding encoding = tokenizer.encode(text, false);
    assertThat(encoding.ids()).isEqualTo(idsNoSpecial);
    assertThat(encoding.tokens())
        .isEqualTo(TextFixtures.strings(expected.getAsJsonArray("tokens")));
    assertThat(encoding.offsets())
        .isEqualTo(TextFixtures.spans(expected.getAsJsonArray("offsets")));
    assertThat(tokenizer.encode(text, true).ids()).isEqualTo(ids);

    String decoded = expected.get("decoded").getAsString();
    String decodedSkipSpecial = expected.get("decoded_skip_special").getAsString();
    assertThat(tokenizer.decode(idsNoSpecial, false)).isEqualTo(decoded);
    assertThat(tokenizer.decode(ids, true)).isEqualTo(decodedSkipSpecial);
    assertThat(streamed(tokenizer, idsNoSpecial, false)).isEqualTo(decoded);
    assertThat(streamed(tokenizer, ids, true)).isEqualTo(decodedSkipSpecial);
  }

  private static String streamed(Tokenizer tokenizer, int[] ids, boolean skipSpecialTokens) {
    TextStream stream = tokenizer.stream(List.of(), skipSpecialTokens);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.push(id).text());
    }
    return text.append(stream.finish().text()).toString();
  }
}
