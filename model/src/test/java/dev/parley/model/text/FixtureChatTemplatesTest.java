package dev.parley.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.parley.model.FixtureDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every conversation of every chat template fixture, against what transformers made of it. */
class FixtureChatTemplatesTest {
  private final Map<String, Tokenizer> open = new HashMap<>();

  @AfterEach
  void closeTokenizers() {
    open.values().forEach(Tokenizer::close);
  }

  @TestFactory
  List<DynamicNode> chatTemplates() throws IOException {
    if (!FixtureDirectory.has("tokenizers")) {
      return List.of(FixtureDirectory.absent("tokenizers"));
    }
    List<DynamicNode> nodes = new ArrayList<>();
    for (JsonObject fixture : TextFixtures.chatTemplates()) {
      String template = fixture.get("template_name").getAsString();
      if (TextFixtures.isUnsupported(template)) {
        nodes.add(dynamicTest("unsupported: " + template, () -> {}));
        continue;
      }
      String source = fixture.get("chat_template").getAsString();
      List<DynamicTest> tests = new ArrayList<>();
      for (JsonElement element : fixture.getAsJsonArray("runs")) {
        JsonObject run = element.getAsJsonObject();
        String tokenizer = run.get("tokenizer").getAsString();
        for (JsonElement conversation : run.getAsJsonArray("conversations")) {
          JsonObject expected = conversation.getAsJsonObject();
          String name = expected.get("name").getAsString();
          tests.add(
              dynamicTest(
                  template + "/" + tokenizer + "/" + name,
                  () -> check(source, tokenizer(tokenizer), expected)));
        }
      }
      nodes.add(dynamicContainer(template, tests));
    }
    return nodes;
  }

  private Tokenizer tokenizer(String name) {
    return open.computeIfAbsent(name, TextFixtures::tokenizer);
  }

  private static void check(String source, Tokenizer tokenizer, JsonObject expected) {
    ChatTemplate template = ChatTemplate.parse(source, tokenizer);
    List<ChatMessage> messages = TextFixtures.messages(expected.getAsJsonArray("messages"));

    ChatText text = template.render(messages, false, Map.of());
    assertThat(text.text()).isEqualTo(expected.get("text").getAsString());
    assertThat(text.assistantSpans())
        .isEqualTo(TextFixtures.spans(expected.getAsJsonArray("assistant_char_spans")));
    assertThat(template.render(messages, true, Map.of()).text())
        .isEqualTo(expected.get("text_with_generation_prompt").getAsString());

    ChatTokens tokens = template.encode(messages);
    assertThat(tokens.ids()).isEqualTo(TextFixtures.ints(expected.getAsJsonArray("ids")));
    assertThat(tokens.assistantMask())
        .isEqualTo(TextFixtures.ints(expected.getAsJsonArray("assistant_mask")));
    assertThat(IntStream.of(tokens.assistantMask()).sum())
        .isEqualTo(expected.get("assistant_token_count").getAsInt());
    assertThat(tokenizer.decode(masked(tokens), false))
        .isEqualTo(expected.get("masked_text").getAsString());
    int last = TextFixtures.lastAnswer(messages);
    if (last >= 0) {
      assertThat(template.encodeFrom(messages, last, Map.of()).assistantMask())
          .isEqualTo(TextFixtures.lastStretch(tokens.assistantMask()));
    }
    assertThat(template.encodePrompt(messages, Map.of()))
        .isEqualTo(TextFixtures.ints(expected.getAsJsonArray("ids_with_generation_prompt")));
  }

  private static int[] masked(ChatTokens tokens) {
    return IntStream.range(0, tokens.ids().length)
        .filter(i -> tokens.assistantMask()[i] == 1)
        .map(i -> tokens.ids()[i])
        .toArray();
  }
}
