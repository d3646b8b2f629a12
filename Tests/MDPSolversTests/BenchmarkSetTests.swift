import Files
import Foundation
import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

@testable import MDPSolvers

/// The models of the quantitative verification benchmark set: exact values through every format.
@Suite("Benchmark set") struct BenchmarkSetTests {
  private func read(_ path: String) throws -> Problem {
    try Problem.read(from: path, options: ReadOptions(requiresDiscount: false))
  }

  /// A property of the description beside a model.
  private struct Property {
    let name: String
    let isProbability: Bool
    let direction: Direction
    let reward: String?
    /// The states to reach, as an expression over labels.
    let formula: String
    let value: String
  }

  private func properties(_ name: String) throws -> [Property] {
    try Reference.json("mdps/qvbs/\(name).json")["properties"].elements().compactMap { cursor in
      guard let value = try cursor.optional("exact_value_initial")?.string() else { return nil }
      var formula = try cursor["formula"].string()
      formula = String(formula.drop { $0 != "[" }.dropFirst().dropLast())
      if formula.hasPrefix("F ") { formula = String(formula.dropFirst(2)) }
      return Property(
        name: try cursor["name"].string(), isProbability: try cursor["kind"].string() == "probability",
        direction: try cursor["direction"].string() == "max" ? .maximise : .minimise,
        reward: try? cursor["reward_model"].string(), formula: formula, value: value)
    }
  }

  private func solve(_ property: Property, _ problem: Problem, _ label: StateLabel) throws -> ExactSolution {
    let exact = try #require(problem.exact)
    let none = [Rational](repeating: 0, count: problem.mdp.stateCount * problem.mdp.actionCount)
    if property.isProbability {
      return try ExactSolver().solve(
        Reachability(target: label.states, passable: label.allowed, direction: property.direction),
        RationalModel(problem.mdp, probabilities: exact.probabilities, rewards: none))
    }
    let place = try #require(problem.rewards.firstIndex { $0.name == property.reward })
    let rewards = try #require(exact.rewards[place])
    return try ExactSolver().solve(
      TotalReward(target: label.states, direction: property.direction),
      RationalModel(problem.mdp, probabilities: exact.probabilities, rewards: rewards))
  }

  @Test(
    "DRN, npz and UMB give the same rationals, and they are the published ones",
    arguments: [
      "cdrive-3", "consensus-2-K2", "haddad-monmege-20", "ij-3", "pacman-5", "pnueli-zuck-3", "zeroconf-20-2",
      "rectangle-tireworld-5", "elevators-a-3-3", "csma-2-2", "wlan-0",
    ]) func formats(name: String) throws
  {
    let npz = try read(Reference.path("mdps/qvbs/\(name).npz"))
    let drn = try read(Reference.path("mdps/qvbs/\(name).drn"))
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rewardgauge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var rewritten: [Problem] = []
    for format in ["umb", "drn"] {
      let path = folder.appendingPathComponent("model.\(format)").path
      try npz.write(to: path)
      rewritten.append(try read(path))
    }
    for property in try properties(name) {
      let label = try npz.label(named: property.name)
      let answer = try solve(property, npz, label)
      #expect(answer.objective.description == property.value, "\(name) \(property.name)")
      for other in rewritten {
        let same = try solve(property, other, StateLabel(name: "", states: label.states, allowed: label.allowed))
        #expect(same.values == answer.values, "\(name) \(property.name)")
      }
      // The DRN file names its labels by the formulas of the model, and has no reward for some properties.
      guard property.isProbability || drn.rewards.contains(where: { $0.name == property.reward }),
        let states = try? drn.label(matching: property.formula)
      else { continue }
      #expect(states.states == label.states)
      #expect(try solve(property, drn, states).values == answer.values, "\(name) \(property.name)")
    }
  }
}
