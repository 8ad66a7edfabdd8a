"""Results of Check Video for films in which one thing hinders a motion, or nothing: hits, false lines, CPU."""

import sys
import time
from collections import Counter

from tests.vision import hindered_films as films
from tests.vision.hindered_films import FPS, Hindered

FRAMES = 90
FILMS = (
    Hindered("walks", ("cmu20",), films.as_it_is),
    Hindered("jumps", ("jacks15",), films.as_it_is),
    Hindered("boxes", ("box205",), films.as_it_is),
    Hindered("struts, rather small", ("strut130",), films.as_it_is),
    Hindered("zoomed by 0.8 %", ("box90",), films.hardly_zoomed),
    Hindered("one cut", ("boxb", "jacks70"), films.joined, ("cut",)),
    Hindered("five cuts", ("box205", "boxb", "cmu150", "jacks15", "strut130", "run45"), films.joined, ("cut",) * 5),
    Hindered("a cut, and the camera pans", ("box170pan",), films.closer_and_mirrored, ("cut", "camera")),
    Hindered("blurred", ("box205",), films.blurred, ("blurred",)),
    Hindered("blurred, a mannequin", ("jacks15",), films.blurred, ("blurred",)),
    Hindered("dark", ("boxb",), films.dark, ("dark",)),
    Hindered("the lights go off", ("cmu20",), films.lights_off, ("dark",)),
    Hindered("push-ups", ("pushup90",), films.as_it_is, ("floor",)),
    Hindered("lies", ("lie60",), films.as_it_is, ("floor",)),
    Hindered("small", ("cmu-50",), films.small, ("small",)),
    Hindered("held by hand", ("box205",), films.held_by_hand, ("camera",)),
    Hindered("zoomed by 15 %", ("jacks70",), films.zoomed, ("camera",)),
    Hindered("without feet", ("jacks15",), films.without_feet, ("feet out",)),
    Hindered("behind a table", ("box205",), films.behind_a_table, ("feet hidden",)),
    Hindered("hands out of a narrow frame", ("jacks15",), films.narrow, ("hands out",)),
    Hindered("two people", ("box205", "jacks15"), films.beside_each_other, ("several",)),
    Hindered("leaves", ("cmu150",), films.leaves, ("nobody",)),
)


def main() -> None:
    from aimocap_blender.takes.previews.running import judged
    from aimocap_blender.vision.network_graph import read_networks
    from aimocap_blender.vision.scanning import ClipFrames
    from aimocap_blender.vision.video_check import check_video
    from tests.vision.rendered_truth.recipes import FLOOR_WORK, OTHERS, SEVEN
    from tests.vision.rendered_truth.truth import DATA, truth_of
    from tests.vision.truth_tracks import pixels_of
    from tools.pose_networks import ROOT, made_pose_networks

    made = made_pose_networks(ROOT)
    if not made or not DATA.is_dir():
        sys.exit("The networks that see people, or the motions and characters, are not here.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    recipes = {recipe.name: recipe for recipe in (*SEVEN, *OTHERS, *FLOOR_WORK)}
    hits = false = wanted = 0
    for film in FILMS:
        count = FRAMES // len(film.clips) if film.make is films.joined else FRAMES
        clips = [[pixels_of(file) for file in truth_of(recipes[name]).pictures[:count]] for name in film.clips]
        frames = film.make(*clips)
        start = time.process_time()
        sentences = judged(check_video(ClipFrames(len(frames), FPS, frames.__getitem__), networks), FPS).sentences
        spent = time.process_time() - start
        said, right = Counter(films.told(sentences)), Counter(film.hindrances)
        hit, wrong = (said & right).total(), (said - right).total()
        print(f"  {film.name:28s} {spent:4.1f} s, {hit} of {right.total()} told, {wrong} false: {' '.join(sentences)}")
        hits, false, wanted = hits + hit, false + wrong, wanted + right.total()
    print(f"{len(FILMS)} films: {hits} of {wanted} hindrances told, {false} false lines")


if __name__ == "__main__":
    main()
