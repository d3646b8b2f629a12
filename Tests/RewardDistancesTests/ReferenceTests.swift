import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

import RewardDistances

/// |got − want| ≤ relative · |want| + absolute
func isClose(_ got: Double, _ want: Double, relative: Double = 1e-9, absolute: Double = 1e-12) -> Bool {
  abs(got - want) <= relative * abs(want) + absolute
}

@Suite("The reference cases of reward comparison") struct ReferenceTests {
  struct Pair {
    let file: JSONCursor
    let world: ComparisonWorld
    let first: ComparedReward
    let second: ComparedReward
    let truth: JSONCursor

    init(_ name: String, policy: Bool = false) throws {
      let reference = try ComparisonCase(name)
      var options = ComparisonOptions()
      if policy { options.policy = reference.policy }
      file = reference.file
      truth = try file["independent"]
      world = try ComparisonWorld(reference.mdp, options: options)
      first = try world.admit(reference.rewards[0])
      second = try world.admit(reference.rewards[1])
    }
  }

  static let canonicalNames: [(String, Canonicalisation)] = [
    ("EPIC", .epic), ("DARD", .dard), ("VALPotential", .valuePotential), ("MinimalPotentialL2", .minimalPotential),
    ("VAL", .valueAdjustedLevelling), ("MinimalL2", .minimalL2), ("Projection", .projection),
    ("OptimalAdvantage", .optimalAdvantage), ("VALpolicy", .valueAdjustedLevelling),
  ]

  @Test("expected rewards and canonical rewards", arguments: ComparisonCase.names)
  func canonical(name: String) throws {
    for (key, canonicalisation) in Self.canonicalNames {
      let pair = try Pair(name, policy: key == "VALpolicy")
      for (i, reward) in [pair.first, pair.second].enumerated() {
        let want = try pair.truth["canonical"][key].elements()[i].flatNumbers()
        let form = try reward.canonical(canonicalisation)
        let got = want.count == form.pair.count ? form.pair : form.dense.elements
        let size = want.reduce(0) { max($0, abs($1)) }
        for (x, y) in zip(got, want) { #expect(isClose(x, y, absolute: 1e-11 * max(1, size)), "\(key)") }
        let expected = try pair.truth["expectedReward"].elements()[i].flatNumbers()
        for (x, y) in zip(reward.expected, expected) { #expect(isClose(x, y)) }
      }
    }
  }

  @Test("all distances by canonicalisation, norm and metric", arguments: ComparisonCase.names)
  func distances(name: String) throws {
    let uniform = try Pair(name)
    let fixed = try Pair(name, policy: true)
    for (key, want) in try uniform.truth["distances"].members() {
      let parts = key.split(separator: "|").map(String.init)
      let pair = parts[0] == "VALpolicy" ? fixed : uniform
      // Occupancy weights of the reference are those of the uniform policy.
      if parts[0] == "VALpolicy", key.contains("occ") { continue }
      let canonical =
        ["NONE": "None", "VALpolicy": "VAL", "MinimalPotentialL2": "MinimalPotential"][parts[0]] ?? parts[0]
      func norm(_ text: Substring) -> String {
        let name = text.dropFirst(2)
        let prefix = name.hasPrefix("P") ? "w" : name.hasPrefix("occ") ? "o" : ""
        return prefix + name.drop { $0 == "P" || $0 == "o" || $0 == "c" }.dropFirst()
      }
      let distance = try RewardDistance(
        name: parts.count == 2 ? "\(canonical)-2-angle" : "\(canonical)-\(norm(parts[1][...]))-\(norm(parts[2][...]))")
      #expect(try RewardDistance(name: distance.name) == distance)
      let got = try pair.world.distance(distance, pair.first, pair.second).value
      #expect(isClose(got, try want.double(), absolute: 2e-9), "\(key): \(got)")
      if got > 1e-6 { #expect(isClose(got, try want.double(), absolute: 0), "\(key): \(got)") }
    }
  }

  @Test("Pearson, NPEC, ERC and range distances", arguments: ComparisonCase.names)
  func named(name: String) throws {
    let pair = try Pair(name)
    func value(_ name: String) throws -> Double {
      try pair.world.distance(RewardDistance(name: name), pair.first, pair.second).value
    }
    let truth = pair.truth
    #expect(isClose(try value("EPIC"), try truth["pearson"]["EPIC|uniform"].double(), absolute: 1e-8))
    #expect(isClose(try value("DARD"), try truth["pearson"]["DARD|uniform"].double(), absolute: 1e-8))
    #expect(
      isClose(try value("EPIC-o"), try truth["pearson"]["EPIC|occupancy(uniform policy)"].double(), absolute: 1e-8))
    #expect(
      isClose(try value("DARD-o"), try truth["pearson"]["DARD|occupancy(uniform policy)"].double(), absolute: 1e-8))
    #expect(isClose(try value("range"), try truth["rangeStarc"].double(), absolute: 1e-11))
    #expect(isClose(try value("NPEC"), try truth["npecL2"]["oneToTwo"].double()))
    let back = try pair.world.distance(.nearestPoint, pair.second, pair.first).value
    #expect(isClose(back, try truth["npecL2"]["twoToOne"].double()))
    #expect(isClose(try value("ERC"), try truth["ercUniformPolicy"].double(), absolute: 1e-7))
    for (reward, want) in zip([pair.first, pair.second], try truth["returns"].elements()) {
      let range = try reward.returnRange()
      #expect(isClose(range.maximum, try want["max"].double(), absolute: 1e-10))
      #expect(isClose(range.minimum, try want["min"].double(), absolute: 1e-10))
      #expect(isClose(range.value, try want["range"].double(), absolute: 1e-10))
      #expect(range.enclosure.contains(range.value))
    }
  }

  @Test("worst-case and optimal-policy regret, both ways", arguments: ComparisonCase.names)
  func regret(name: String) throws {
    let pair = try Pair(name)
    for (key, truth, proxy) in [
      ("R1trueR2proxy", pair.first, pair.second), ("R2trueR1proxy", pair.second, pair.first),
    ] {
      let want = try pair.truth["worstCaseRegret"][key]
      let regret = try pair.world.worstCaseRegret(of: proxy, truth: truth)
      #expect(isClose(regret.value, try want["unnormalised"].double(), absolute: 1e-11))
      #expect(isClose(regret.normalised, try want["normalised"].double(), absolute: 1e-12))
      // The linear program of the reference was solved to about 1e-7 (case a10: 1.2e-7 from its own dual).
      #expect(isClose(regret.value, try want["lpValue"].double(), relative: 2e-7, absolute: 1e-10))
      #expect(isClose(regret.multiplier, try want["multiplier"].double(), absolute: 1e-9))
      #expect(regret.lower <= regret.value && regret.value <= regret.upper)
      #expect(regret.upper - regret.lower <= 1e-9 * (try truth.returnRange().value))
      let witness = regret.witness
      let loss = witness.trueReturns[1] - witness.trueReturns[0]
      #expect(isClose(loss, regret.value, absolute: 1e-10))
      #expect(witness.proxyReturns[0] >= witness.proxyReturns[1] - 1e-9)
      let optimal = try pair.world.optimalPolicyRegret(of: proxy, truth: truth)
      #expect(isClose(optimal.normalisedBest, try want["optimalPolicyBest"].double(), absolute: 1e-11))
      #expect(isClose(optimal.normalisedWorst, try want["optimalPolicyWorst"].double(), absolute: 1e-11))
      #expect(optimal.worst <= regret.upper + 1e-10)
    }
  }
}

extension ReferenceTests {
  @Test("constants of VAL-inf-inf", arguments: ComparisonCase.names.filter { $0 != "a10-paper-sampler-16x4" })
  func constants(name: String) throws {
    let pair = try Pair(name)
    let want = try pair.truth["constantsLinfVAL"]
    let constants = try pair.world.soundnessConstants()
    for (h, other) in zip(constants.firstVisits, try want["hitting"].doubles()) { #expect(isClose(h, other)) }
    #expect(isClose(constants.betaUpperBound, try want["betaUpperBound"].double()))
    #expect(constants.alphaLowerBound >= (try want["alphaLowerBound"].double()) * (1 - 1e-12))
    if let alpha = try want.optional("alpha") {
      #expect(isClose(try #require(constants.alpha), try alpha.double(), relative: 1e-7))
      #expect(isClose(constants.soundness, try want["U"].double(), relative: 1e-7))
      #expect(isClose(constants.completeness, try want["L"].double(), relative: 1e-7))
    }
    let distance = try pair.world.distance(RewardDistance(name: "VAL-inf-inf"), pair.first, pair.second).value
    let regret = try pair.world.worstCaseRegret(of: pair.second, truth: pair.first).normalised
    #expect(regret <= constants.soundness * distance + 1e-9 && regret >= constants.completeness * distance - 1e-9)
  }
}
