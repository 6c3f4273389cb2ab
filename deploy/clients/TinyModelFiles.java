import dev.parley.model.TinyModel;
import java.nio.file.Path;

/** Writes the model that tests run on: some thousand random weights with a byte tokenizer. */
public final class TinyModelFiles {
  private TinyModelFiles() {}

  public static void main(String[] arguments) {
    TinyModel.write(Path.of(arguments[0]), 1);
  }
}
