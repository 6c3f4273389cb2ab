package dev.parley.trainer.experience;

import dev.parley.data.ChatTurn;
import dev.parley.model.text.AnswerPieces;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.ChatTokens;
import dev.parley.model.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Encodes with the tokenizer and chat template of a model directory. */
public final class TemplateEncoder implements ConversationEncoder, AutoCloseable {

  private final Tokenizer tokenizer;
  private final ChatTemplate template;

  private TemplateEncoder(Tokenizer tokenizer, ChatTemplate template) {
    this.tokenizer = tokenizer;
    this.template = template;
  }

  /**
   * Opens a model directory's text side.
   *
   * @throws dev.parley.model.text.ModelTextException if its tokenizer or template cannot be used
   */
  public static TemplateEncoder open(Path modelDirectory) {
    Tokenizer tokenizer = Tokenizer.open(modelDirectory);
    return new TemplateEncoder(tokenizer, ChatTemplate.open(modelDirectory, tokenizer));
  }

  @Override
  public LearningSequence conversation(List<ChatTurn> turns) {
    return sequence(template.encode(messages(turns)));
  }

  @Override
  public LearningSequence answer(List<ChatTurn> prompt, List<ChatTurn> answer) {
    List<ChatTurn> all = new ArrayList<>(prompt);
    all.addAll(answer);
    return sequence(template.encodeFrom(messages(all), prompt.size(), Map.of()));
  }

  private static LearningSequence sequence(ChatTokens tokens) {
    boolean[] learnt = new boolean[tokens.ids().length];
    for (int t = 1; t < learnt.length; t++) {
      learnt[t] = tokens.assistantMask()[t] != 0;
    }
    return new LearningSequence(tokens.ids(), learnt);
  }

  @Override
  public int[] prompt(List<ChatTurn> turns) {
    return template.encodePrompt(messages(turns), Map.of());
  }

  /**
   * Encodes a prompt and an answer in pieces, each of which ends with a token of its own.
   *
   * @param prompt what is answered
   * @param pieces of the answer, with what separates them
   */
  public AnswerPieces pieces(List<ChatTurn> prompt, List<String> pieces) {
    return template.encodePieces(messages(prompt), pieces);
  }

  private static List<ChatMessage> messages(List<ChatTurn> turns) {
    return turns.stream().map(turn -> new ChatMessage(turn.role(), turn.content())).toList();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
