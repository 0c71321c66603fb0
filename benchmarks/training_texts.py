"""The texts on which the phone classes are fitted; none of them is in the benchmark of captions."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "cook":
    "Right, let's start with the onions. Slice them thinly, about three millimetres, and put them into a cold "
    "pan with plenty of butter. Why cold? Because they release their water slowly that way, and they don't "
    "burn. After twenty minutes they should be golden. Then add the stock, a bay leaf, some thyme, and simmer "
    "everything for half an hour. Taste it before you add salt; the cheese brings a lot.",
    "plain":
    "The ferry crosses the strait four times a day in summer and twice in winter. Passengers who bring a car "
    "should arrive at least forty minutes before departure. There is a small restaurant on the upper deck "
    "where soup and sandwiches are sold. In bad weather the crossing may take an hour longer than planned. "
    "Tickets can be changed up to two days before the journey without a fee.",
    "dialog":
    "Hello! Oh, is that you, Martin? Yes. No, I hadn't heard. When did it happen? Last Tuesday, you say. "
    "Well, I'm sorry, that must have been awful for her. Could I do anything? Of course. I'll ring her "
    "tonight. Thanks for telling me. Goodbye, and take care!",
    "figures":
    "In 2019 the firm sold 48,200 units, 12.5% more than the year before. Revenue rose to $3.7 million, and "
    "costs fell by $250,000. Call us on 555-0182 between 9:30 and 17:00. Flight BA 219 leaves on March 3rd at "
    "6:45 p.m. from gate 22. The total comes to 1,349.99 euros, to be paid by 15/06/2024.",
    "long":
    "Although nobody on the committee had expected the proposal to survive the first round of voting it was "
    "carried by a comfortable majority and the chairman who had spoken against it all winter congratulated "
    "everyone with what looked like genuine warmth before he gathered his papers and left the hall without "
    "another word to the reporters who were waiting outside in the rain. Nothing was heard of him for weeks.",
    "lists":
    "You will need the following: a hammer, nails, two planks, a saw, sandpaper, varnish, and a brush. First, "
    "measure the wall. Second, cut the planks. Third, sand the edges, which takes a while, and wipe off the "
    "dust. Finally, fix the planks, varnish them, wait a day, and varnish again.",
    "science":
    "Photosynthesis converts electromagnetic radiation into chemical energy. Chlorophyll absorbs "
    "predominantly blue and red wavelengths; consequently, vegetation appears green. Mitochondria, "
    "conversely, metabolise carbohydrates. Environmental circumstances, particularly temperature and carbon "
    "dioxide concentration, significantly influence productivity. Interdisciplinary investigations continue.",
    "chat":
    "So I was thinking, maybe we could go up to the lake this weekend, if the weather holds. I mean, it's not "
    "that far, and my brother has that little cabin there. You remember it, right? The one with the blue "
    "door. We'd have to bring food, though, because the shop closes at noon on Saturday. Anyway, let me know "
    "what you think, okay?",
}
"""By the kind of text."""

OTHERS: dict[str, str] = {
    "da":
    "Toget kører hver time fra hovedbanegården, og turen tager cirka to timer. Hvis du vil have en plads ved "
    "vinduet, skal du bestille i god tid. Der er kaffe om bord, men ingen varm mad. God rejse!",
    "cs":
    "Vlak odjíždí každou hodinu z hlavního nádraží, a cesta trvá asi dvě hodiny. Pokud chcete místo u okna, "
    "musíte si ho včas rezervovat. Ve vlaku je káva, ale žádné teplé jídlo. Šťastnou cestu!",
    "ro":
    "Trenul pleacă în fiecare oră din gara centrală, iar drumul durează cam două ore. Dacă doriți un loc la "
    "fereastră, trebuie să rezervați din timp. În tren este cafea, dar nu și mâncare caldă. Drum bun!",
    "ca":
    "El tren surt cada hora de l'estació central, i el viatge dura unes dues hores. Si voleu un seient a la "
    "finestra, heu de reservar amb temps. Al tren hi ha cafè, però no menjar calent. Bon viatge!",
    "fr":
    "Le guide nous attendait devant la mairie, un parapluie rouge à la main. Il parlait vite, mais on le "
    "comprenait bien. Après une heure de marche, nous avons vu la mer. Quelle lumière ! Personne ne disait "
    "mot.",
    "de":
    "Der Führer wartete vor dem Rathaus, einen roten Schirm in der Hand. Er sprach schnell, aber man verstand "
    "ihn gut. Nach einer Stunde Fußweg sahen wir das Meer. Was für ein Licht! Niemand sagte ein Wort.",
}
"""By eSpeak's name of the language."""
