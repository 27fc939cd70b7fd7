// SPDX-License-Identifier: BSL-1.0
#pragma once
// The whole video domain: scenes, rates, rules, renders and their gate.

#include <tollgate/video/codec.hpp>
#include <tollgate/video/gate.hpp>
#include <tollgate/video/rates.hpp>
#include <tollgate/video/render_domain.hpp>
#include <tollgate/video/render_job.hpp>
#include <tollgate/video/render_machine.hpp>
#include <tollgate/video/rules.hpp>
#include <tollgate/video/scene.hpp>
#include <tollgate/video/scene_facts.hpp>
#include <tollgate/video/shot_facts.hpp>
