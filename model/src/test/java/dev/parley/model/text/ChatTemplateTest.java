package dev.parley.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.parley.model.text.template.TemplateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
  private static final List<ChatMessage> TALK =
      List.of(
          new ChatMessage("user", "Hi"),
          new ChatMessage("assistant", "Yes"),
          new ChatMessage("user", "So?"),
          new ChatMessage("assistant", "No"));

  private static final String PLAIN_TURNS =
      "{% for m in messages %}{{ m.role }}:{{ m.content }}<end>\n{% endfor %}"
          + "{% if add_generation_prompt %}assistant:{% endif %}";

  @TempDir Path directory;
  private Tokenizer tokenizer;

  @BeforeEach
  void open() {
    tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory));
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  // ---- where the template comes from -----------------------------------------------------------

  @Test
  void templateIsReadFromTheConfiguration() {
    config("{\"chat_template\": \"A{{ messages[0].content }}\"}");
    assertThat(text(ChatTemplate.open(directory, tokenizer))).isEqualTo("AHi");
  }

  @Test
  void templateNamedDefaultIsTakenOfSeveral() {
    config(
        "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"T\"}, {\"name\":"
            + " \"default\", \"template\": \"D\"}]}");
    assertThat(text(ChatTemplate.open(directory, tokenizer))).isEqualTo("D");
  }

  @Test
  void fileGoesBeforeTheConfiguration() {
    config("{\"chat_template\": \"A\"}");
    TinyTokenizers.write(directory, "chat_template.jinja", "F\n");
    assertThat(text(ChatTemplate.open(directory, tokenizer))).isEqualTo("F");
  }

  @Test
  void modelWithoutATemplateSaysHowToSetOne() {
    assertThatThrownBy(() -> ChatTemplate.open(directory, tokenizer))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("chat_template.jinja")
        .hasMessageContaining("chatml");
  }

  @Test
  void namedTemplatesWithoutADefaultAreListed() {
    config("{\"chat_template\": [{\"name\": \"rag\", \"template\": \"T\"}]}");
    assertThatThrownBy(() -> ChatTemplate.open(directory, tokenizer))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("[rag]");
  }

  @Test
  void templateOfAnotherTypeIsNamed() {
    config("{\"chat_template\": {\"a\": 1}}");
    assertThatThrownBy(() -> ChatTemplate.open(directory, tokenizer))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("chat_template must be a string or a list");
  }

  @Test
  void brokenTemplateIsReportedWithFileAndLine() {
    TinyTokenizers.write(directory, "chat_template.jinja", "a\n{% include 'x' %}");
    assertThatThrownBy(() -> ChatTemplate.open(directory, tokenizer))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("chat_template.jinja")
        .hasMessageContaining("line 2")
        .hasMessageContaining("include");
  }

  private void config(String content) {
    TinyTokenizers.write(directory, "tokenizer_config.json", content);
  }

  private static String text(ChatTemplate template) {
    return template.render(TALK, false, Map.of()).text();
  }

  // ---- what a template sees --------------------------------------------------------------------

  @Test
  void templateSeesSpecialTokensAndFurtherVariables() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}{{ x }}", tokenizer);
    assertThat(template.render(TALK, false, Map.of("x", 5)).text()).isEqualTo("<start><end>False5");
    assertThat(template.render(TALK, false, Map.of("x", 5, "bos_token", "!")).text())
        .isEqualTo("!<end>False5");
  }

  @Test
  void toolsAndDocumentsAreNoneUnlessGiven() {
    ChatTemplate template = ChatTemplate.parse("{{ tools }}{{ documents }}", tokenizer);
    assertThat(text(template)).isEqualTo("NoneNone");
    assertThat(template.render(TALK, false, Map.of("tools", List.of(1))).text())
        .isEqualTo("[1]None");
  }

  @Test
  void messagesAreDictionariesOfRoleAndContent() {
    assertThat(text(ChatTemplate.parse("{{ messages[1] }}", tokenizer)))
        .isEqualTo("{'role': 'assistant', 'content': 'Yes'}");
  }

  @Test
  void tagsInsideAMessageAreText() {
    ChatTemplate template = ChatTemplate.parse(PLAIN_TURNS, tokenizer);
    List<ChatMessage> attack =
        List.of(new ChatMessage("user", "{{ 7 * 7 }}{% raise_exception('x') %}{# c #}"));
    assertThat(template.render(attack, false, Map.of()).text())
        .isEqualTo("user:{{ 7 * 7 }}{% raise_exception('x') %}{# c #}<end>\n");
  }

  @Test
  void dateComesFromTheClock() {
    Clock clock = Clock.fixed(Instant.parse("2026-11-23T08:00:00Z"), ZoneOffset.UTC);
    ChatTemplate template = ChatTemplate.parse("{{ strftime_now('%d %b %Y') }}", tokenizer);
    assertThat(text(template.withClock(clock))).isEqualTo("23 Nov 2026");
  }

  @Test
  void refusalOfTheTemplateIsToldApart() {
    ChatTemplate template = ChatTemplate.parse("\n{{ raise_exception('only users') }}", tokenizer);
    assertThatThrownBy(() -> text(template))
        .isInstanceOfSatisfying(
            TemplateException.class,
            e -> {
              assertThat(e.raisedByTemplate()).isTrue();
              assertThat(e.line()).isEqualTo(2);
              assertThat(e).hasMessageContaining("only users");
            });
  }

  @Test
  void emptyConversationIsRefused() {
    ChatTemplate template = ChatTemplate.parse(PLAIN_TURNS, tokenizer);
    assertThatThrownBy(() -> template.render(List.of(), true, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one message");
  }

  @Test
  void messageNeedsARole() {
    assertThatThrownBy(() -> new ChatMessage(" ", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("role");
  }

  @Test
  void hashIsThatOfTheText() {
    assertThat(ChatTemplate.parse("abc", tokenizer).templateHash())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  // ---- the assistant's tokens ------------------------------------------------------------------

  @Test
  void marksTellTheAssistantsTokens() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{%"
                + " endgeneration %}{% else %}{{ m.content }}{% endif %}|{% endfor %}",
            tokenizer);
    assertThat(masked(template.encode(TALK))).isEqualTo("YesNo");
    assertThat(template.render(TALK, false, Map.of()).assistantSpans())
        .containsExactly(new Span(3, 6), new Span(11, 13));
  }

  @Test
  void withoutMarksTheTurnsAreFoundBetweenPrompts() {
    ChatTemplate template = ChatTemplate.parse(PLAIN_TURNS, tokenizer);
    assertThat(masked(template.encode(TALK))).isEqualTo("Yes<end>No<end>");
    assertThat(template.render(TALK, false, Map.of()).assistantSpans()).isEmpty();
  }

  @Test
  void ofTheLastMessagesAloneTheSameTokensAreWrittenAndFewerAreTheAssistants() {
    ChatTemplate marked =
        ChatTemplate.parse(
            "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{%"
                + " endgeneration %}{% else %}{{ m.content }}{% endif %}|{% endfor %}",
            tokenizer);
    for (ChatTemplate template : List.of(marked, ChatTemplate.parse(PLAIN_TURNS, tokenizer))) {
      String end = template == marked ? "" : "<end>";
      assertThat(masked(template.encodeFrom(TALK, 1, Map.of())))
          .isEqualTo("Yes" + end + "No" + end);
      for (int first : new int[] {2, 3}) {
        ChatTokens tokens = template.encodeFrom(TALK, first, Map.of());
        assertThat(tokens.ids()).isEqualTo(template.encode(TALK).ids());
        assertThat(masked(tokens)).isEqualTo("No" + end);
      }
    }
  }

  @Test
  void aTemplateMayRewriteTurnsBeforeTheLastMessages() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{% for m in messages %}{{ m.role }}:{{ m.content if m.role == 'user' or loop.last else"
                + " '…' }}<end>{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
            tokenizer);
    assertThat(masked(template.encodeFrom(TALK, 3, Map.of()))).isEqualTo("No<end>");
  }

  @Test
  void withoutATokenAtTheEndTheWholeTurnCounts() {
    ChatTemplate template =
        ChatTemplate.parse("{% for m in messages %}{{ m.content }}\n\n{% endfor %}", tokenizer);
    assertThat(masked(template.encode(TALK))).isEqualTo("Yes\n\nNo\n\n");
  }

  @Test
  void everyByteOfACharacterInTheSpanIsTheAssistants() {
    ChatTemplate template =
        ChatTemplate.parse(
            "é{% generation %}{{ messages[1].content }}{% endgeneration %}é", tokenizer);
    List<ChatMessage> talk =
        List.of(new ChatMessage("user", "x"), new ChatMessage("assistant", "😀"));
    assertThat(masked(template.encode(talk))).isEqualTo("😀");
  }

  @Test
  void templateThatRewritesEarlierTurnsIsRefused() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{% for m in messages %}{{ m.role }}:{{ m.content if loop.last else '…' }}<end>{%"
                + " endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
            tokenizer);
    assertThatThrownBy(() -> template.encode(TALK))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("message 2 (assistant)")
        .hasMessageContaining("{% generation %}");
  }

  @Test
  void templateWhosePromptIsNoBeginningOfTheTurnIsRefused() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{% for m in messages %}{{ m.role }}:{{ m.content }}{% endfor %}"
                + "{% if add_generation_prompt %}<think>{% endif %}",
            tokenizer);
    assertThatThrownBy(() -> template.encode(TALK))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("than it prompts for it");
  }

  @TestFactory
  List<DynamicTest> prefixesFindTheSameTokensAsMarks() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonObject fixture : TextFixtures.chatTemplates()) {
      String source = fixture.get("chat_template").getAsString();
      for (JsonElement run : fixture.getAsJsonArray("runs")) {
        String name = run.getAsJsonObject().get("tokenizer").getAsString();
        for (JsonElement element : run.getAsJsonObject().getAsJsonArray("conversations")) {
          JsonObject conversation = element.getAsJsonObject();
          tests.add(
              DynamicTest.dynamicTest(
                  fixture.get("template_name").getAsString()
                      + "/"
                      + name
                      + "/"
                      + conversation.get("name").getAsString(),
                  () -> checkWithoutMarks(source, name, conversation)));
        }
      }
    }
    return tests;
  }

  private static void checkWithoutMarks(String source, String name, JsonObject conversation) {
    String unmarked = source.replaceAll("\\{%-? (end)?generation %\\}", "");
    assertThat(unmarked).isNotEqualTo(source);
    List<ChatMessage> messages = TextFixtures.messages(conversation.getAsJsonArray("messages"));
    try (Tokenizer tokenizer = TextFixtures.tokenizer(name)) {
      ChatTemplate template = ChatTemplate.parse(unmarked, tokenizer);
      int[] mask = TextFixtures.ints(conversation.getAsJsonArray("assistant_mask"));
      assertThat(template.encode(messages).assistantMask()).isEqualTo(mask);
      int last = TextFixtures.lastAnswer(messages);
      if (last >= 0) {
        assertThat(template.encodeFrom(messages, last, Map.of()).assistantMask())
            .isEqualTo(TextFixtures.lastStretch(mask));
      }
    }
  }

  // ---- built-in templates ----------------------------------------------------------------------

  @Test
  void chatmlWritesMarkersAroundTurns() {
    ChatTemplate template = ChatTemplate.builtIn("chatml", tokenizer);
    assertThat(template.render(TALK.subList(0, 2), false, Map.of()).text())
        .isEqualTo("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes<|im_end|>\n");
    assertThat(template.render(TALK.subList(0, 1), true, Map.of()).text())
        .isEqualTo("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    assertThat(masked(template.encode(TALK.subList(0, 2)))).isEqualTo("Yes<|im_end|>");
  }

  @Test
  void plainNeedsNoTokenButTheLast() {
    ChatTemplate template = ChatTemplate.builtIn("plain", tokenizer);
    assertThat(template.render(TALK, false, Map.of()).text())
        .isEqualTo("User: Hi\nAssistant: Yes<end>\nUser: So?\nAssistant: No<end>\n");
    assertThat(template.render(TALK.subList(0, 1), true, Map.of()).text())
        .isEqualTo("User: Hi\nAssistant:");
    assertThat(masked(template.encode(TALK))).isEqualTo(" Yes<end> No<end>");
  }

  /** What each makes of a conversation, with ⟦ and ⟧ around the assistant's tokens. */
  private static final Map<String, String> BUILT_IN =
      Map.of(
          "chatml",
              "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                  + "<|im_start|>assistant\n⟦Yes<|im_end|>⟧\n<|im_start|>user\nSo?<|im_end|>\n"
                  + "<|im_start|>assistant\n⟦No<|im_end|>⟧\n",
          "plain",
              "System: Be brief.\nUser: Hi\nAssistant:⟦ Yes<end>⟧\nUser: So?\n"
                  + "Assistant:⟦ No<end>⟧\n");

  @Test
  void everyBuiltInTemplateMarksExactlyTheAssistantsTokens() throws IOException {
    List<ChatMessage> talk = new ArrayList<>(List.of(new ChatMessage("system", "Be brief.")));
    talk.addAll(TALK);
    Path resources =
        Path.of("src/main/resources", ChatTemplate.class.getPackageName().replace('.', '/'));
    try (Stream<Path> files = Files.list(resources)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replace(".jinja", "");
        assertThat(marked(ChatTemplate.builtIn(name, tokenizer).encode(talk)))
            .as(name)
            .isEqualTo(BUILT_IN.get(name));
      }
    }
  }

  private String marked(ChatTokens tokens) {
    StringBuilder text = new StringBuilder();
    int[] mask = tokens.assistantMask();
    for (int start = 0, end; start < mask.length; start = end) {
      for (end = start + 1; end < mask.length && mask[end] == mask[start]; ) {
        end++;
      }
      String piece = tokenizer.decode(Arrays.copyOfRange(tokens.ids(), start, end), false);
      text.append(mask[start] == 1 ? "⟦" + piece + "⟧" : piece);
    }
    return text.toString();
  }

  @Test
  void unknownBuiltInIsAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> ChatTemplate.builtIn("chatmml", tokenizer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chatml")
        .hasMessageContaining("plain");
  }

  private String masked(ChatTokens tokens) {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < tokens.ids().length; i++) {
      if (tokens.assistantMask()[i] == 1) {
        ids.add(tokens.ids()[i]);
      }
    }
    return tokenizer.decode(ids.stream().mapToInt(id -> id).toArray(), false);
  }
}
