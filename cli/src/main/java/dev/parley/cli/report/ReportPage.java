package dev.parley.cli.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the page: a template with the data and the plotting library put in. */
public final class ReportPage {

  /** The page's name in a run's directory. */
  public static final String FILE = "report.html";

  private static final String PLOTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private ReportPage() {}

  /**
   * Writes the page.
   *
   * @param directory the run's directory
   * @param data what it shows
   * @return the file
   * @throws Failure if it cannot be written
   */
  public static Path write(Path directory, ReportData data) {
    Path file = directory.resolve(FILE);
    try {
      String page =
          resource("report.html")
              .replace("/*UPLOT-CSS*/", resource(PLOTS + "uPlot.min.css"))
              .replace("/*UPLOT-JS*/", resource(PLOTS + "uPlot.iife.min.js"))
              .replace("/*DATA*/", json(data));
      Files.writeString(file, page, StandardCharsets.UTF_8);
      return file;
    } catch (IOException e) {
      throw new Failure("%s cannot be written: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  /** A text of a model may hold {@code </script>}, which would end the script around it. */
  private static String json(ReportData data) throws JsonProcessingException {
    return new ObjectMapper().writeValueAsString(data).replace("<", "\\u003c");
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = ReportPage.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("resource " + name + " is not on the class path");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
