package dev.parley.cli.answers;

import dev.parley.cli.Failure;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.generation.EndOfSequence;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.ModelTextException;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.WeightException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A language model with its text side, in this process.
 *
 * @param model predicts tokens
 * @param tokenizer its tokenizer
 * @param template its chat template
 * @param endOfSequence the tokens that end an answer
 */
public record LocalModel(
    LanguageModel model, Tokenizer tokenizer, ChatTemplate template, Set<Integer> endOfSequence)
    implements AutoCloseable {

  /**
   * Opens a model directory.
   *
   * @param directory a Hugging Face model directory, or an adapter's
   * @param options where and how precisely to compute
   * @throws Failure if it cannot be used
   */
  public static LocalModel open(Path directory, EngineOptions options) {
    try {
      return open(ModelDirectory.of(directory), options);
    } catch (ModelConfigException e) {
      throw new Failure(e.getMessage(), "", e);
    }
  }

  /**
   * Opens a model.
   *
   * @param directory where it lies
   * @param options where and how precisely to compute
   * @throws Failure if it cannot be used
   */
  public static LocalModel open(ModelDirectory directory, EngineOptions options) {
    try {
      Tokenizer tokenizer = Tokenizer.open(directory.text());
      ChatTemplate template = ChatTemplate.open(directory.text(), tokenizer);
      LanguageModel model = LanguageModel.open(directory, options);
      if (!model.heads().language()) {
        throw new Failure(
            "%s is a %s, which predicts no tokens".formatted(directory, model.architecture()),
            "Name a language model.");
      }
      Set<Integer> ends =
          EndOfSequence.read(directory.base(), Optional.of(tokenizer), model.shape().vocabulary());
      return new LocalModel(model, tokenizer, template, ends);
    } catch (ModelConfigException | WeightException | ModelTextException e) {
      throw new Failure(e.getMessage(), "", e);
    }
  }

  /** Returns the tokens of a conversation that the assistant is to answer. */
  public int[] prompt(List<ChatMessage> messages) {
    return template.encodePrompt(messages, Map.of());
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
