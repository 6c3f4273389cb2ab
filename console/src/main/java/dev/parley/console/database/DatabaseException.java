package dev.parley.console.database;

/** The database cannot be reached, or refuses. */
public class DatabaseException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** With what it says. */
  public DatabaseException(String message, Throwable cause) {
    super(message, cause);
  }
}
