import Foundation
import JSON
import Testing

/// The built `rewardgauge`, run as a user runs it.
struct Command {
  /// The exit status.
  let status: Int32
  /// What it printed on standard output.
  let output: String
  /// What it printed on standard error.
  let complaint: String

  /// Runs `rewardgauge` with `arguments` and waits for its end.
  init(_ arguments: String...) throws { try self.init(arguments) }

  /// Runs `rewardgauge` with `arguments` and waits for its end.
  init(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    // Files rather than pipes: a long answer cannot fill a buffer and block.
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (out, err) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    for file in [out, err] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    output = try String(contentsOf: out, encoding: .utf8)
    complaint = try String(contentsOf: err, encoding: .utf8)
  }

  /// Standard output as JSON.
  var json: JSONValue {
    get throws { try JSONValue.parse(output) }
  }

  /// The product stands beside the test bundle.
  static var executable: URL {
    URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("rewardgauge")
  }
}

/// A new empty folder for one test.
func temporaryFolder() throws -> URL {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rewardgauge-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}

/// The folder of the project, found from this file's place in it.
let projectFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// What every refusal looks like: status 2, nothing on standard output, one line on standard error.
func expectRefusal(
  _ arguments: String..., saying words: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let command = try Command(arguments)
  #expect(command.status == 2, sourceLocation: sourceLocation)
  #expect(command.output.isEmpty, sourceLocation: sourceLocation)
  #expect(command.complaint.split(separator: "\n").count == 1, "\(command.complaint)", sourceLocation: sourceLocation)
  #expect(command.complaint.contains(words), "\(command.complaint)", sourceLocation: sourceLocation)
}

@Suite("The command's frame") struct FrameTests {
  @Test("help and version are answers") func help() throws {
    #expect(try Command("--help").status == 0)
    #expect(try Command("--version").output == "0.1.0\n")
  }

  @Test("unknown options and commands are refused in one line") func unknown() throws {
    try expectRefusal("--nonsense", saying: "nonsense")
    try expectRefusal("nonsense", saying: "nonsense")
  }

  @Test("shell completion is offered", arguments: ["bash", "zsh", "fish"]) func completion(shell: String) throws {
    #expect(try Command("--generate-completion-script", shell).output.contains("rewardgauge"))
  }
}
