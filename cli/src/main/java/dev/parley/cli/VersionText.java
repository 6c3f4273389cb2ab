package dev.parley.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code parley --version} prints. */
final class VersionText implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = Parley.class.getPackage().getImplementationVersion();
    return new String[] {
      "parley %s (Java %s, %s %s)"
          .formatted(
              version == null ? "from classes" : version,
              System.getProperty("java.version"),
              System.getProperty("os.name"),
              System.getProperty("os.arch"))
    };
  }
}
