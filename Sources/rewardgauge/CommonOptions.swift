import ArgumentParser
import Foundation
import RewardGauge

/// Where an answer goes and in which form: shared by every command that prints one.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  @Option(help: ArgumentHelp("Write the answer to this file instead of standard output.", valueName: "path"))
  var output: String?

  /// Prints or writes whichever form was asked for; the other one is never made.
  func emit(json answer: @autoclosure () throws -> JSONValue, text: @autoclosure () throws -> String) throws {
    let content = json ? try answer().serialised(pretty: true) : try text()
    try emit(content)
  }

  /// Prints `content`, or writes it to the file that was asked for, whole or not at all.
  func emit(_ content: String) throws {
    let content = content.hasSuffix("\n") ? content : content + "\n"
    guard let output else { return FileHandle.standardOutput.write(Data(content.utf8)) }
    try writeFile(content, to: output)
  }
}

/// Writes `content` to the file at `path`, whole or not at all.
func writeFile(_ content: String, to path: String) throws {
  do {
    try Data(content.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw CommandError.unwritable(path: path, reason: (error as NSError).localizedDescription)
  }
}

/// What only the command line can find wrong.
enum CommandError: Error, CustomStringConvertible {
  /// A file could not be written.
  case unwritable(path: String, reason: String)
  /// A text file could not be read.
  case unreadable(path: String, reason: String)

  var description: String {
    switch self {
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason) Choose a path in an existing folder that you may write to."
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    }
  }
}

/// Writes one line for the reader of the screen, apart from the answer.
func warn(_ message: String) { FileHandle.standardError.write(Data("rewardgauge: \(message)\n".utf8)) }

/// The text of a small file.
func readText(_ path: String) throws -> String {
  do {
    return try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
  } catch {
    throw CommandError.unreadable(path: path, reason: (error as NSError).localizedDescription)
  }
}
