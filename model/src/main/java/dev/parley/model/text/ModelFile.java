package dev.parley.model.text;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a file of a model directory; every failure names the file and what to do. */
final class ModelFile {
  private ModelFile() {}

  /**
   * @param purpose what the file is needed for, as the end of a sentence
   */
  static String readText(Path file, String purpose) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ModelTextException(
          file
              + " does not exist; it is needed "
              + purpose
              + ". Copy it from the repository that the model comes from",
          e);
    } catch (CharacterCodingException e) {
      throw broken(file, "it is not UTF-8 text", e);
    } catch (IOException e) {
      throw new ModelTextException(file + " cannot be read: " + e, e);
    }
  }

  static JsonObject readJson(Path file, String purpose) {
    String text = readText(file, purpose);
    try {
      JsonObject object = new Gson().getAdapter(JsonObject.class).fromJson(text);
      if (object == null) {
        throw new ModelTextException(file + " is empty; copy it again from where it comes from");
      }
      return object;
    } catch (IOException | JsonParseException | IllegalStateException | ClassCastException e) {
      throw broken(file, "it is not a JSON object: " + e.getMessage(), e);
    }
  }

  static ModelTextException broken(Path file, String found, Throwable cause) {
    return new ModelTextException(
        file + " cannot be used: " + found + ". Copy it again from where the model comes from",
        cause);
  }
}
